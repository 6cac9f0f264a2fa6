using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Tachyon.TestHost.Fixtures;

namespace Tachyon.AspNetCore.Tests;

/// <summary>What a server says at its start: where shared memory is in use, and what looks like a mistake.</summary>
public sealed class StartLogTests
{
    [Fact]
    public async Task One_line_tells_address_mode_and_users_of_each_endpoint()
    {
        using var directory = new TempDirectory();
        var logs = await StartAsync(
            ("Tachyon:SocketMode", "0660"),
            ("Tachyon:AllowedUserIds:0", "1001"),
            ("Tachyon:AllowedGroupIds:0", "1005"),
            ("Kestrel:Endpoints:Grpc:Url", $"http://unix:{directory.FilePath("s")}?tachyon"),
            ("Kestrel:Endpoints:Other:Url", $"http://unix:{directory.FilePath("other")}"));

        var line = Assert.Single(logs, static entry => entry.Event.Id == 110);
        Assert.Equal(LogLevel.Information, line.Level);
        Assert.Equal(
            $"Listening on tachyon://{directory.FilePath("s")} for clients over shared memory: socket mode 0660, users: the server's own, uid 1001, gid 1005, plain socket clients: served.",
            line.Message);
        Assert.DoesNotContain(logs, static entry => entry.Event.Id is 111 or 112);
    }

    [Fact]
    public async Task Misspelled_mark_of_an_endpoint_is_a_warning()
    {
        using var directory = new TempDirectory();
        var logs = await StartAsync(("Kestrel:Endpoints:Grpc:Url", $"http://unix:{directory.FilePath("s")}?tachyno"));

        var line = Assert.Single(logs, static entry => entry.Event.Id == 111);
        Assert.Equal(LogLevel.Warning, line.Level);
        Assert.Contains("'?tachyno'", line.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(logs, static entry => entry.Event.Id == 110);
    }

    [Fact]
    public async Task Unknown_key_of_the_section_is_a_warning()
    {
        using var directory = new TempDirectory();
        var logs = await StartAsync(
            ("Tachyon:SocketMod", "0660"), ("Kestrel:Endpoints:Grpc:Url", $"http://unix:{directory.FilePath("s")}?tachyon"));

        var line = Assert.Single(logs, static entry => entry.Event.Id == 112);
        Assert.EndsWith(" Tachyon:SocketMod", line.Message, StringComparison.Ordinal);
    }

    private static async Task<CapturedLog[]> StartAsync(params (string Key, string Value)[] configuration)
    {
        using var logs = new CapturedLogs();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration.AddInMemoryCollection(
            configuration.Select(static pair => new KeyValuePair<string, string?>(pair.Key, pair.Value)));
        builder.Logging.AddProvider(logs);
        builder.WebHost.UseTachyon().UseKestrel((context, kestrel) => kestrel.Configure(context.Configuration.GetSection("Kestrel")));
        await using var app = builder.Build();
        app.Run(static context => context.Response.WriteAsync("ok"));
        await app.StartAsync().Within("the start of the host");
        return [.. logs.Entries];
    }
}
