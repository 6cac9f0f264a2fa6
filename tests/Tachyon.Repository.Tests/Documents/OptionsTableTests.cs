using System.Globalization;
using System.Reflection;
using Tachyon.AspNetCore;
using Tachyon.Grpc.Client;
using Tachyon.Transport;

namespace Tachyon.RepositoryTests.Documents;

/// <summary>docs/configuration.md lists every option, with the side, the default and the limits that it has.</summary>
public sealed class OptionsTableTests
{
    private static readonly IReadOnlyList<IReadOnlyList<string>> s_rows = new MarkdownPage(Repository.FilePath("docs", "configuration.md")).Rows("option");

    /// <summary>What the words of the limits mean: values that are taken, and values that are not.</summary>
    private static readonly Dictionary<string, (object[] Taken, object[] Refused)> s_limits = new()
    {
        ["at least 1"] = ([1, int.MaxValue], [0, -1]),
        ["power of two, 64 KiB to 256 MiB"] = ([64 << 10, 128 << 10, 256 << 20], [32 << 10, 96 << 10, 512 << 20, 0, -1]),
        ["more than 0, at most 24 days"] = ([TimeSpan.FromTicks(1), TimeSpan.FromDays(24)], [TimeSpan.Zero, TimeSpan.FromSeconds(-1), TimeSpan.FromDays(25)]),
        ["0 or more, or infinite"] = ([TimeSpan.Zero, TimeSpan.FromDays(365), Timeout.InfiniteTimeSpan], [TimeSpan.FromSeconds(-1)]),
        ["not empty; digits only are a uid"] = (["app", "1000"], ["", " "]),
    };

    public static TheoryData<string, string> Options
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach ((var type, var option) in All())
            {
                data.Add(type.Name, option.Name);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Options))]
    public void The_table_has_each_option_with_its_side_its_default_and_its_limits(string type, string name)
    {
        (var owner, var option) = All().Single(one => one.Type.Name == type && one.Option.Name == name);
        var row = Assert.Single(s_rows, row => row[0] == name);
        Assert.Equal(6, row.Count);
        Assert.Equal(Side(owner, name), row[1]);
        AssertDefault(row[3], option.GetValue(Activator.CreateInstance(owner)));
        AssertLimits(row[4], owner, option);
        Assert.NotEmpty(row[5]);
    }

    [Fact]
    public void The_table_has_no_other_options()
        => Assert.Equal(
            All().Select(static one => one.Option.Name).Distinct().Order(StringComparer.Ordinal),
            s_rows.Select(static row => row[0]).Order(StringComparer.Ordinal));

    private static IEnumerable<(Type Type, PropertyInfo Option)> All()
        => from type in (Type[])[typeof(TachyonTransportOptions), typeof(TachyonChannelOptions)]
           from option in type.GetProperties()
           select (type, option);

    private static string Side(Type owner, string name)
    {
        var server = typeof(TachyonTransportOptions).GetProperty(name) is not null;
        var client = typeof(TachyonChannelOptions).GetProperty(name) is not null;
        return server && client ? "both" : owner == typeof(TachyonTransportOptions) ? "server" : "client";
    }

    private static void AssertDefault(string said, object? value)
    {
        switch (value)
        {
            case null:
                Assert.StartsWith("not set: ", said, StringComparison.Ordinal);
                break;
            case ICollection<uint> { Count: 0 }:
                Assert.Equal("empty", said);
                break;
            case UnixFileMode mode:
                Assert.Equal("0" + Convert.ToString((int)mode, 8), said);
                break;
            case TimeSpan time:
                Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds} s"), said);
                break;
            case int bytes when bytes % (1 << 20) == 0:
                Assert.Equal($"{bytes >> 20} MiB", said);
                break;
            case int number:
                Assert.Equal(number.ToString("N0", CultureInfo.InvariantCulture), said);
                break;
            case bool flag:
                Assert.Equal(flag ? "true" : "false", said);
                break;
            case Enum choice:
                Assert.Equal(choice.ToString(), said);
                break;
            default:
                Assert.Fail($"The test does not know how the default {value} is written.");
                break;
        }
    }

    private static void AssertLimits(string said, Type owner, PropertyInfo option)
    {
        if (option.PropertyType.IsEnum && option.PropertyType != typeof(UnixFileMode))
        {
            Assert.Equal(string.Join(", ", Enum.GetNames(option.PropertyType)), said);
        }
        else if (option.PropertyType == typeof(int) || option.PropertyType == typeof(TimeSpan) || option.PropertyType == typeof(string))
        {
            Assert.True(s_limits.TryGetValue(said, out var limits), $"The test does not know the limits '{said}'.");
            Assert.All(limits.Taken, value => Set(value));
            Assert.All(limits.Refused, value => Assert.IsAssignableFrom<ArgumentException>(
                Assert.Throws<TargetInvocationException>(() => Set(value)).InnerException));
        }
        else
        {
            Assert.Empty(said);
        }

        void Set(object value)
        {
            var options = Activator.CreateInstance(owner)!;
            option.SetValue(options, value);
            Assert.Equal(value, option.GetValue(options));
        }
    }
}
