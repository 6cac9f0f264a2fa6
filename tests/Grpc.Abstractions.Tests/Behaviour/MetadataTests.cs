using System.Collections;
using Grpc.Core;

namespace Grpc.Abstractions.Tests.Behaviour;

public sealed class MetadataTests
{
    [Fact]
    public void Keys_become_lower_case() => Assert.Equal("x-key_1.a", new Metadata.Entry("X-Key_1.A", "value").Key);

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a:b")]
    [InlineData("ключ")]
    [InlineData("\u212A")]
    [InlineData("a\n")]
    public void Other_characters_are_no_keys(string key)
    {
        Assert.Throws<ArgumentException>(() => new Metadata.Entry(key, "value"));
        Assert.Throws<ArgumentException>(() => new Metadata.Entry(key + "-bin\n", [1]));
    }

    [Fact]
    public void Nulls_are_refused()
    {
        Assert.Throws<ArgumentNullException>(() => new Metadata.Entry(null!, "value"));
        Assert.Throws<ArgumentNullException>(() => new Metadata.Entry("key", (string)null!));
        Assert.Throws<ArgumentNullException>(() => new Metadata.Entry("key-bin", (byte[])null!));
        var metadata = new Metadata { { "key", "value" } };
        Assert.Throws<ArgumentNullException>(() => metadata.Add(null!));
        Assert.Throws<ArgumentNullException>(() => metadata.Insert(0, null!));
        Assert.Throws<ArgumentNullException>(() => metadata[0] = null!);
    }

    [Fact]
    public void Binary_and_only_binary_keys_end_in_the_suffix()
    {
        Assert.Throws<ArgumentException>(() => new Metadata.Entry("key", [1]));
        Assert.Throws<ArgumentException>(() => new Metadata.Entry("key-bin", "text"));
        Assert.Throws<ArgumentException>(() => new Metadata.Entry("key-BIN", "text"));
        Assert.True(new Metadata.Entry("key-BIN", [1]).IsBinary);
        Assert.False(new Metadata.Entry("key", "text").IsBinary);
    }

    [Fact]
    public void Binary_values_are_copied_in_and_out()
    {
        byte[] bytes = [1, 2, 3];
        var entry = new Metadata.Entry("key-bin", bytes);
        bytes[0] = 9;
        entry.ValueBytes[1] = 9;

        Assert.Equal([1, 2, 3], entry.ValueBytes);
        Assert.Throws<InvalidOperationException>(() => entry.Value);
    }

    [Fact]
    public void Text_values_have_bytes_too()
    {
        var entry = new Metadata.Entry("key", "abc");

        Assert.Equal("abc", entry.Value);
        Assert.Equal("abc"u8.ToArray(), entry.ValueBytes);
    }

    [Fact]
    public void Look_ups_take_the_last_entry_of_the_key()
    {
        var metadata = new Metadata { { "a", "1" }, { "b", "2" }, { "A", "3" }, { "c-bin", [7] } };

        Assert.Same(metadata[2], metadata.Get("a"));
        Assert.Equal("3", metadata.GetValue("a"));
        Assert.Equal([7], metadata.GetValueBytes("c-bin"));
        Assert.Equal(["1", "3"], metadata.GetAll("a").Select(entry => entry.Value));
        Assert.Null(metadata.Get("x"));
        Assert.Null(metadata.GetValue("x"));
        Assert.Null(metadata.GetValueBytes("x-bin"));
        Assert.Empty(metadata.GetAll("x"));
    }

    [Fact]
    public void It_is_a_list()
    {
        var first = new Metadata.Entry("a", "1");
        var second = new Metadata.Entry("b", "2");
        var third = new Metadata.Entry("c", "3");
        var metadata = new Metadata { first, third };
        metadata.Insert(1, second);

        Assert.False(metadata.IsReadOnly);
        Assert.Equal([first, second, third], metadata);
        Assert.Equal(1, metadata.IndexOf(second));
        Assert.Contains(third, metadata);
        var array = new Metadata.Entry[4];
        metadata.CopyTo(array, 1);
        Assert.Equal([null!, first, second, third], array);
        Assert.True(metadata.Remove(first));
        Assert.False(metadata.Remove(first));
        metadata.RemoveAt(0);
        metadata[0] = first;
        Assert.Equal([first], ((IEnumerable)metadata).Cast<Metadata.Entry>());
        metadata.Clear();
        Assert.Empty(metadata);
    }

    [Fact]
    public void Empty_is_read_only()
    {
        var entry = new Metadata.Entry("a", "1");

        Assert.True(Metadata.Empty.IsReadOnly);
        Assert.Throws<InvalidOperationException>(() => Metadata.Empty.Add(entry));
        Assert.Throws<InvalidOperationException>(() => Metadata.Empty.Add("a", "1"));
        Assert.Throws<InvalidOperationException>(() => Metadata.Empty.Insert(0, entry));
        Assert.Throws<InvalidOperationException>(() => Metadata.Empty.Remove(entry));
        Assert.Throws<InvalidOperationException>(() => Metadata.Empty.RemoveAt(0));
        Assert.Throws<InvalidOperationException>(() => Metadata.Empty[0] = entry);
        Assert.Throws<InvalidOperationException>(Metadata.Empty.Clear);
        Assert.Empty(Metadata.Empty);
    }
}
