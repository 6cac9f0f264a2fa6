using System.Text;

namespace Tachyon.Tool;

/// <summary>Leaves out the blanks at the end of lines, with which tables fill their last column.</summary>
internal sealed class UnpaddedWriter(TextWriter inner) : TextWriter
{
    private readonly Lock _lock = new();
    private readonly StringBuilder _text = new();
    private int _blanks;

    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => Write(new ReadOnlySpan<char>(in value));

    public override void Write(string? value) => Write(value.AsSpan());

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void Write(ReadOnlySpan<char> buffer)
    {
        lock (_lock)
        {
            _text.Clear();
            foreach (var c in buffer)
            {
                if (c == ' ')
                {
                    _blanks++;
                    continue;
                }

                _text.Append(' ', c is '\n' ? 0 : _blanks).Append(c);
                _blanks = 0;
            }

            inner.Write(_text);
        }
    }

    public override void Flush() => inner.Flush();
}
