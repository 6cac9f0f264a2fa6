using System.Globalization;
using System.Text.RegularExpressions;

namespace Tachyon.Reliability.Tests.Sandbox.Traces;

/// <summary>The tables of docs/syscalls.md.</summary>
internal sealed partial class SystemCallTable
{
    private SystemCallTable(IReadOnlyList<Row> rows, IReadOnlyList<RuntimeRow> runtimeRows)
    {
        Rows = rows;
        RuntimeRows = runtimeRows;
    }

    /// <summary>The calls of the transport.</summary>
    internal IReadOnlyList<Row> Rows { get; }

    /// <summary>The calls of the .NET runtime that appear beside them.</summary>
    internal IReadOnlyList<RuntimeRow> RuntimeRows { get; }

    internal static SystemCallTable Read()
    {
        var page = new MarkdownPage(Repository.FilePath("docs", "syscalls.md"));
        return new SystemCallTable(
            [.. page.Rows("phase").Select(static cells => new Row(cells[0], cells[1], cells[2], cells[3], cells[4]))],
            [.. page.Rows("call").Select(static cells => new RuntimeRow(cells[0], cells[1], cells[2], cells[3]))]);
    }

    internal bool Lists(TracedCall call, string side)
        => Rows.Any(row => row.Covers(call, side)) || (!call.IsCertainlyOurs && RuntimeRows.Any(row => row.Covers(call)));

    /// <summary>A call that the transport makes, or has .NET's sockets make.</summary>
    internal sealed partial record Row(string Phase, string Side, string Call, string On, string HowOften)
    {
        /// <summary>A trace need not have it: the tests do not bring about what it is for.</summary>
        internal bool IsRare => HowOften.StartsWith("rare:", StringComparison.Ordinal);

        /// <summary>Depends on how the threads run; it must come in some phase, but not in each.</summary>
        internal bool IsChance => HowOften.StartsWith("at most", StringComparison.Ordinal);

        /// <summary>How often one connection makes it; null where the table names no number.</summary>
        internal int? PerConnection
            => Number().Match(HowOften) is { Success: true } match ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : null;

        internal bool Covers(TracedCall call, string side) => IsSame(call, side) && Phase == call.Phase.Split('/')[0];

        /// <summary>The same in any phase.</summary>
        internal bool IsSame(TracedCall call, string side) => (Side == side || Side == "both") && Call == call.Name && On == call.On;

        [GeneratedRegex(@"^(\d+) per connection\b")]
        private static partial Regex Number();
    }

    internal sealed record RuntimeRow(string Call, string On, string Thread, string Why)
    {
        /// <summary>A trace need not have it.</summary>
        internal bool IsRare => Why.StartsWith("rare:", StringComparison.Ordinal);

        internal bool Covers(TracedCall call) => Call == call.Name && On == call.On && (Thread == "any" || Thread == call.Thread);
    }
}
