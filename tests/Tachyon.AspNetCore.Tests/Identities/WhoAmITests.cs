using Tachyon.TestHost.Fixtures;

namespace Tachyon.AspNetCore.Tests.Identities;

/// <summary>The two programs of samples/WhoAmI, as their page says.</summary>
public sealed class WhoAmITests : IAsyncLifetime
{
    // Their socket lies in the directory for temporary files.
    private readonly TempDirectory _directory = new TempDirectory().OpenToAll();

    private ChildProgram? _server;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_server is not null)
        {
            // An ordinary server: it does not end with its input.
            _server.Kill();
            await _server.DisposeAsync();
        }

        _directory.Dispose();
    }

    [Fact]
    public async Task Own_user_gets_its_identity()
    {
        await StartServerAsync();

        var (exitCode, output, errors) = await RunClientAsync(user: null);

        Assert.True(exitCode == 0, errors);
        Assert.Contains($"The server says that I am {Environment.UserName} ", output, StringComparison.Ordinal);
        Assert.Contains($"user:{Environment.UserName}", output, StringComparison.Ordinal);
    }

    [RequiresFact("setpriv", Requires.Root)]
    public async Task Other_user_is_let_in_by_configuration_and_may_do_less()
    {
        await StartServerAsync("--Tachyon:SocketMode=0666", $"--Tachyon:AllowedUserIds:0={Accounts.OtherUser}");

        var (exitCode, output, errors) = await RunClientAsync(Accounts.OtherUser);

        Assert.True(exitCode == 0, errors);
        Assert.Contains($"(uid {Accounts.OtherUser})", output, StringComparison.Ordinal);
        Assert.Contains("May I restart it? No", output, StringComparison.Ordinal);
    }

    [RequiresFact("setpriv", Requires.Root)]
    public async Task Other_user_stays_out_otherwise()
    {
        await StartServerAsync("--Tachyon:SocketMode=0666");

        var (exitCode, _, errors) = await RunClientAsync(Accounts.OtherUser);

        Assert.Equal(1, exitCode);
        Assert.Contains("does not accept user", errors, StringComparison.Ordinal);
    }

    private static string Program(string side)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        return Repository.FilePath("samples", "WhoAmI", side, "bin", configuration, "net10.0");
    }

    private async Task StartServerAsync(params string[] arguments)
    {
        _server = ChildProgram.Start(Path.Combine(Program("Server"), "WhoAmI.Server"), arguments, environment: TemporaryFiles());
        while (await _server.ReadLineAsync(Watchdog.Limit) is { } line)
        {
            if (line.Contains("Application started", StringComparison.Ordinal))
            {
                return;
            }
        }

        Assert.Fail($"The server ended: {_server.Errors}");
    }

    /// <summary>Runs the client to its end, from a copy that any user can read.</summary>
    private async Task<(int ExitCode, string Output, string Errors)> RunClientAsync(uint? user)
    {
        var copy = Directory.CreateDirectory(_directory.FilePath("client")).FullName;
        foreach (var file in Directory.GetFiles(Program("Client")))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        await using var client = ChildProgram.Start(
            Path.Combine(copy, "WhoAmI.Client"), [Environment.UserName], user, environment: TemporaryFiles());
        var run = await client.RunToEndAsync();
        return (run.ExitCode, run.Output, run.Errors);
    }

    private Dictionary<string, string> TemporaryFiles() => new() { ["TMPDIR"] = _directory.Path };
}
