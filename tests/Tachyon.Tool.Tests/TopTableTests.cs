using Spectre.Console.Rendering;
using Tachyon.Tool.Commands.Top;
using Tachyon.Tool.Commands.Top.Methods;

namespace Tachyon.Tool.Tests;

/// <summary>What 'tachyon top' puts on a terminal of a given size.</summary>
public sealed class TopTableTests
{
    private static MethodReport Method { get; } =
        new(new ProcessReport(4_000_000, "service", 1000, "alice"), "/shop.v1.Orders/Get", "2", "200", 1234, 12e-6, 0.0123, 61.5);

    [Theory]
    [InlineData(80, 24)]
    [InlineData(160, 50)]
    [InlineData(40, 10)]
    public void Many_connections_fit_the_screen_with_header_and_what_is_hidden(int width, int height)
    {
        var lines = Render(Report(200), width, height);

        Assert.InRange(lines.Length, height - 3, height);
        Assert.All(lines, line => Assert.InRange(line.Length, 1, width));
        Assert.All(lines, static line => Assert.Equal(line.TrimEnd(), line));
        Assert.StartsWith("200 connections of 201 processes", lines[0], StringComparison.Ordinal);
        Assert.Contains("Process", lines[1], StringComparison.Ordinal);
        var shown = lines.Count(static line => line.Contains("server ", StringComparison.Ordinal));
        Assert.True(shown > 0);
        Assert.Equal(shown, lines.Count(static line => line.Contains("client ", StringComparison.Ordinal)));
        Assert.Contains(lines, line => line.StartsWith($"{200 - shown} more connections (", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(80)]
    [InlineData(160)]
    public void A_connection_has_its_path_age_and_figures(int width)
    {
        var text = string.Join('\n', Render(Report(1), width, 24));

        Assert.Contains("/run/user/1000/app.sock", text, StringComparison.Ordinal);
        Assert.Contains("1 h 2 m", text, StringComparison.Ordinal);
        Assert.Contains("server service 4000000 (alice)", text, StringComparison.Ordinal);
        Assert.Matches(@"client client-with-a-.* 5000 \(alice\) +adaptive +12,345 +7 +987\.7 kB/s +100 %", text);
        Assert.DoesNotContain("more connection", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Messages_about_what_is_not_seen_leave_room_for_connections()
    {
        var report = Report(50) with { Unseen = new UnseenReport(1, 1, [string.Join(' ', Enumerable.Repeat("word", 500))]) };

        var lines = Render(report, 80, 24);

        Assert.InRange(lines.Length, 20, 24);
        Assert.Contains(lines, static line => line.Contains("server ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(80, 24)]
    [InlineData(160, 50)]
    [InlineData(40, 10)]
    public void Many_methods_fit_the_screen_beside_the_connections(int width, int height)
    {
        MethodReport[] methods =
        [
            .. Enumerable.Range(0, 100).Select(static index => Method with { Method = $"/shop.v1.Orders/Method{index}" }),
        ];

        var lines = Render(Report(200) with { Methods = methods }, width, height);

        Assert.InRange(lines.Length, height - 3, height);
        Assert.All(lines, line => Assert.InRange(line.Length, 1, width));
        Assert.Contains(lines, static line => line.StartsWith("Method ", StringComparison.Ordinal));
        var shown = lines.Count(static line => line.StartsWith("/shop", StringComparison.Ordinal));
        Assert.True(shown > 0);
        Assert.Contains($"{100 - shown} more methods: use a taller window.", lines);
        Assert.Contains(lines, static line => line.Contains("server ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_method_has_its_calls_and_times()
    {
        Assert.Contains(
            "/shop.v1.Orders/Get service 4000000         2       200     1,234     12 us   12.3 ms    61.5 s",
            Render(Report(1) with { Methods = [Method] }, 120, 24));
    }

    [Theory]
    [InlineData("/memfd:tachyon (deleted)", true, null)]
    [InlineData("/memfd:tachyon:/run/app.sock (deleted)", true, "/run/app.sock")]
    [InlineData("/memfd:tachyon:@name (deleted)", true, "@name")]
    [InlineData("/memfd:tachyon:/with blanks  and (deleted) (deleted)", true, "/with blanks  and (deleted)")]
    [InlineData("/memfd:tachyon: (deleted)", true, null)]
    [InlineData("/memfd:tachyonic (deleted)", false, null)]
    [InlineData("/memfd:tachyon", false, null)]
    [InlineData("/memfd:tachyon(deleted)", false, null)]
    [InlineData("", false, null)]
    public void The_path_is_in_the_name_of_the_memory(string name, bool isConnection, string? path)
    {
        var parsed = Mapping.TryParse($"7f2d5c000000-7f2d5c110000 rw-s 00000000 00:01 1035                       {name}", out var mapping);

        Assert.Equal(isConnection, parsed);
        Assert.Equal(path, mapping.Path);
    }

    private static string[] Render(TopReport report, int width, int height)
        =>
        [
            .. new TopTable(report, width, height).Lines()
                .Select(line => string.Concat(line.Render(width).Select(static segment => segment.Text))),
        ];

    private static TopReport Report(int count)
    {
        var server = new ProcessReport(4_000_000, "service", 1000, "alice");
        ConnectionReport[] connections = [.. Enumerable.Range(0, count).Select(index =>
        {
            var client = new ProcessReport(5000 + index, "client-with-a-rather-long-name", 1000, "alice");
            return new ConnectionReport(
                4_294_967_295,
                "/run/user/1000/app.sock",
                3725,
                "direct",
                [server, client],
                new SideReport(server, server.ProcessId, "park", 1, 1, 1, 1, 1, 1),
                new SideReport(client, client.ProcessId, "adaptive", 1, 1, 1, 12_345, 7, 1),
                new RingReport(65_536, 65_536, 1, 1, 987_654, "open"),
                new RingReport(65_536, 0, 0, 1, 1e19, "open"),
                []);
        })];
        return new TopReport(
            default, 1, new SummaryReport(count, 0, count + 1, 1, 1, 1), connections, new UnseenReport(0, 0, []));
    }
}
