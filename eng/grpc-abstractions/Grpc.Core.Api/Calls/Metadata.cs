using System.Collections;
using System.Text;
using Grpc.Core.Utils;

namespace Grpc.Core;

/// <summary>The headers or the trailers of a call: a list of entries, in which a key may occur more than once.</summary>
public sealed class Metadata : IList<Metadata.Entry>
{
    /// <summary>The end of every key whose value is binary, and of no other.</summary>
    public const string BinaryHeaderSuffix = "-bin";

    /// <summary>No entries. Read-only, since it is shared.</summary>
    public static readonly Metadata Empty = new(isReadOnly: true);

    private readonly List<Entry> _entries = [];

    /// <summary>Creates an empty list.</summary>
    public Metadata()
        : this(isReadOnly: false)
    {
    }

    private Metadata(bool isReadOnly) => IsReadOnly = isReadOnly;

    /// <inheritdoc />
    public int Count => _entries.Count;

    /// <inheritdoc />
    public bool IsReadOnly { get; }

    /// <inheritdoc />
    public Entry this[int index]
    {
        get => _entries[index];
        set
        {
            GrpcPreconditions.CheckNotNull(value, nameof(value));
            CheckWriteable();
            _entries[index] = value;
        }
    }

    /// <summary>The last entry with the key, or null. Keys are stored in lower case.</summary>
    public Entry? Get(string key)
    {
        for (var i = _entries.Count - 1; i >= 0; i--)
        {
            if (_entries[i].Key == key)
            {
                return _entries[i];
            }
        }

        return null;
    }

    /// <summary>The text of the last entry with the key, or null if there is none.</summary>
    /// <exception cref="InvalidOperationException">The entry is binary.</exception>
    public string? GetValue(string key) => Get(key)?.Value;

    /// <summary>The bytes of the last entry with the key, or null if there is none.</summary>
    public byte[]? GetValueBytes(string key) => Get(key)?.ValueBytes;

    /// <summary>The entries with the key, in order.</summary>
    public IEnumerable<Entry> GetAll(string key)
    {
        foreach (var entry in _entries)
        {
            if (entry.Key == key)
            {
                yield return entry;
            }
        }
    }

    /// <summary>Adds a text entry.</summary>
    public void Add(string key, string value) => Add(new Entry(key, value));

    /// <summary>Adds a binary entry; the key has to end in <see cref="BinaryHeaderSuffix" />.</summary>
    public void Add(string key, byte[] valueBytes) => Add(new Entry(key, valueBytes));

    /// <inheritdoc />
    public void Add(Entry item)
    {
        GrpcPreconditions.CheckNotNull(item, nameof(item));
        CheckWriteable();
        _entries.Add(item);
    }

    /// <inheritdoc />
    public void Insert(int index, Entry item)
    {
        GrpcPreconditions.CheckNotNull(item, nameof(item));
        CheckWriteable();
        _entries.Insert(index, item);
    }

    /// <inheritdoc />
    public bool Remove(Entry item)
    {
        CheckWriteable();
        return _entries.Remove(item);
    }

    /// <inheritdoc />
    public void RemoveAt(int index)
    {
        CheckWriteable();
        _entries.RemoveAt(index);
    }

    /// <inheritdoc />
    public void Clear()
    {
        CheckWriteable();
        _entries.Clear();
    }

    /// <inheritdoc />
    public int IndexOf(Entry item) => _entries.IndexOf(item);

    /// <inheritdoc />
    public bool Contains(Entry item) => _entries.Contains(item);

    /// <inheritdoc />
    public void CopyTo(Entry[] array, int arrayIndex) => _entries.CopyTo(array, arrayIndex);

    /// <inheritdoc />
    public IEnumerator<Entry> GetEnumerator() => _entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private void CheckWriteable() => GrpcPreconditions.CheckState(!IsReadOnly, "This metadata is read-only.");

    /// <summary>One entry, with a text or a binary value. Immutable.</summary>
    public class Entry
    {
        private readonly string? _text;
        private readonly byte[]? _bytes;

        /// <summary>Creates a binary entry.</summary>
        /// <param name="key">Made lower case; has to end in <see cref="BinaryHeaderSuffix" />.</param>
        /// <param name="valueBytes">Copied.</param>
        public Entry(string key, byte[] valueBytes)
        {
            Key = NormalizeKey(key);
            GrpcPreconditions.CheckArgument(IsBinary, "The key of a binary entry has to end in \"-bin\".");
            GrpcPreconditions.CheckNotNull(valueBytes, nameof(valueBytes));
            _bytes = (byte[])valueBytes.Clone();
        }

        /// <summary>Creates a text entry.</summary>
        /// <param name="key">Made lower case; must not end in <see cref="BinaryHeaderSuffix" />.</param>
        /// <param name="value">ASCII text.</param>
        public Entry(string key, string value)
        {
            Key = NormalizeKey(key);
            GrpcPreconditions.CheckArgument(!IsBinary, "The key of a text entry must not end in \"-bin\".");
            _text = GrpcPreconditions.CheckNotNull(value, nameof(value));
        }

        /// <summary>The key, in lower case.</summary>
        public string Key { get; }

        /// <summary>A copy of the value; the ASCII bytes of a text.</summary>
        public byte[] ValueBytes => _bytes is null ? Encoding.ASCII.GetBytes(_text!) : (byte[])_bytes.Clone();

        /// <summary>The text of a text entry.</summary>
        /// <exception cref="InvalidOperationException">The entry is binary.</exception>
        public string Value
        {
            get
            {
                GrpcPreconditions.CheckState(_text is not null, "A binary metadata entry has no text value.");
                return _text!;
            }
        }

        /// <summary>Whether the value is binary.</summary>
        public bool IsBinary => Key.EndsWith(BinaryHeaderSuffix, StringComparison.Ordinal);

        /// <summary>The entry for logs and debuggers.</summary>
        public override string ToString() => _bytes is null ? $"{Key}: {_text}" : $"{Key}: {Convert.ToBase64String(_bytes)}";

        private static string NormalizeKey(string key)
        {
            GrpcPreconditions.CheckArgument(GrpcPreconditions.CheckNotNull(key, nameof(key)).Length > 0, "A metadata key is not empty.");

            // Checked before it is made lower case: some letters outside of ASCII have lower case letters within it.
            foreach (var c in key)
            {
                GrpcPreconditions.CheckArgument(
                    char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.',
                    "A metadata key is made of ASCII letters, digits, '-', '_' and '.'.");
            }

            return key.ToLowerInvariant();
        }
    }
}
