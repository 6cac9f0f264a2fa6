using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Tachyon.Grpc.Client;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Transports;

namespace Tachyon.AspNetCore.Tests.Direct;

/// <summary>What happens around a request, in which order: the same over Kestrel's Unix socket and in direct mode.</summary>
public sealed class RequestOrderTests
{
    public static TheoryData<TransportKind> Transports => [TransportKind.UnixSocket, TransportKind.Adaptive, TransportKind.Direct];

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Callbacks_run_in_reverse_order_around_the_response(TransportKind transport)
    {
        var events = new ConcurrentQueue<string>();
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await StartAsync(transport, async context =>
        {
            context.Response.OnStarting(() => Add(events, "starting 1"));
            context.Response.OnStarting(() => Add(events, "starting 2"));
            context.Response.OnCompleted(async () =>
            {
                await Add(events, "completed 1");
                done.SetResult();
            });
            context.Response.OnCompleted(() => Add(events, "completed 2"));
            events.Enqueue("body");
            await context.Response.WriteAsync("text");
            events.Enqueue($"started {context.Response.HasStarted}");
        });
        Assert.Equal((200, "text"), await AskAsync(server));
        await done.Task.Within();
        Assert.Equal(["body", "starting 2", "starting 1", "started True", "completed 2", "completed 1"], events);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Exception_before_the_start_is_status_500(TransportKind transport)
    {
        await using var server = await StartAsync(transport, static _ => throw new InvalidOperationException("broken"));
        server.ExpectedErrors = [13];
        Assert.Equal((500, ""), await AskAsync(server));
        Assert.Contains(server.Logs.Entries, static entry => entry.Event.Id == 13 && entry.Event.Name == "ApplicationError");
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Exception_after_the_start_resets_the_stream(TransportKind transport)
    {
        await using var server = await StartAsync(transport, static async context =>
        {
            await context.Response.WriteAsync("begun");
            await context.Response.Body.FlushAsync();
            throw new InvalidOperationException("broken");
        });
        server.ExpectedErrors = [13];
        var exception = await Assert.ThrowsAnyAsync<Exception>(() => AskAsync(server));
        Assert.Equal(2, ErrorCode(exception));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Abort_resets_the_stream_and_cancels_the_request(TransportKind transport)
    {
        var canceled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await StartAsync(transport, async context =>
        {
            context.RequestAborted.Register(canceled.SetResult);
            context.Abort();
            await canceled.Task;
        });
        var exception = await Assert.ThrowsAnyAsync<Exception>(() => AskAsync(server));
        Assert.Equal(2, ErrorCode(exception));
        await canceled.Task.Within();
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Changes_after_the_start_are_errors(TransportKind transport)
    {
        await using var server = await StartAsync(transport, static async context =>
        {
            await context.Response.StartAsync();
            List<string> errors = [];
            Try(errors, () => context.Response.StatusCode = 404);
            Try(errors, () => context.Response.Headers["late"] = "1");
            Try(errors, () => context.Response.OnStarting(static () => Task.CompletedTask));
            await context.Response.WriteAsync(string.Join(',', errors));
        });
        var error = nameof(InvalidOperationException);
        Assert.Equal((200, $"{error},{error},{error}"), await AskAsync(server));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Response_is_complete_while_the_handler_goes_on(TransportKind transport)
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await StartAsync(transport, async context =>
        {
            await context.Response.WriteAsync("all");
            await context.Response.CompleteAsync();
            await release.Task;
        });
        Assert.Equal((200, "all"), await AskAsync(server));
        release.SetResult();
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Header_that_cannot_be_sent_is_status_500(TransportKind transport)
    {
        await using var server = await StartAsync(transport, static context =>
        {
            context.Response.Headers["x-bad"] = "line\nbreak";
            return Task.CompletedTask;
        });
        server.ExpectedErrors = [13];
        Assert.Equal((500, ""), await AskAsync(server));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Response_to_head_has_no_body(TransportKind transport)
    {
        await using var server = await StartAsync(transport, static context =>
        {
            context.Response.ContentLength = 4;
            return context.Response.WriteAsync("text");
        });
        using var invoker = Invoker(server);
        Assert.Equal((200, ""), await AskAsync(invoker, method: HttpMethod.Head));
        Assert.Equal((200, "text"), await AskAsync(invoker));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Canceled_read_of_the_response_ends_it(TransportKind transport)
    {
        var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await StartAsync(transport, async context =>
        {
            context.RequestAborted.Register(aborted.SetResult);
            await context.Response.Body.FlushAsync();
            await aborted.Task;
        });
        using var invoker = Invoker(server);
        using var request = Request(HttpMethod.Get, "/");
        using var response = await invoker.SendAsync(request, CancellationToken.None).Within();
        await using (var body = await response.Content.ReadAsStreamAsync())
        {
            using var cancel = new CancellationTokenSource();
            var read = body.ReadAsync(new byte[1], cancel.Token).AsTask();
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read).Within();
        }

        await aborted.Task.Within();
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Requests_of_many_addresses_and_methods_share_a_connection(TransportKind transport)
    {
        await using var server = await StartAsync(
            transport, static context => context.Response.WriteAsync($"{context.Request.Method} {context.Request.Path.Value}"));
        using var invoker = Invoker(server);
        for (var i = 0; i < 1_200; i++)
        {
            var method = i % 2 == 0 ? HttpMethod.Get : HttpMethod.Delete;
            Assert.Equal((200, $"{method} /{i}"), await AskAsync(invoker, $"/{i}", method));
        }
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Next_request_sees_nothing_of_the_one_before(TransportKind transport)
    {
        await using var server = await StartAsync(transport, static async context =>
        {
            var response = context.Response;
            var seen = $"{context.Items.Count} {response.Headers.Count} {response.StatusCode} {context.Features.Get<Note>()?.Text}"
                + $" {context.Request.Headers["x-only-first"]} {context.Request.Path.Value}";
            context.Items["left"] = "over";
            context.Features.Set(new Note("left over"));
            context.Response.Headers["left"] = "over";
            context.Response.StatusCode = 202;
            await context.Response.WriteAsync(seen);
        });
        using var invoker = Invoker(server);
        Assert.Equal((202, "0 0 200  yes /a b"), await AskAsync(invoker, "/a%20b?q=1", null, ("x-only-first", "yes")));
        Assert.Equal((202, "0 0 200   /"), await AskAsync(invoker));
        Assert.Equal((202, "0 0 200   /"), await AskAsync(invoker));
    }

    private static Task Add(ConcurrentQueue<string> events, string text)
    {
        events.Enqueue(text);
        return Task.CompletedTask;
    }

    private static void Try(List<string> errors, Action action)
    {
        try
        {
            action();
            errors.Add("none");
        }
        catch (Exception exception) when (exception is InvalidOperationException)
        {
            errors.Add(exception.GetType().Name);
        }
    }

    private static long? ErrorCode(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is HttpProtocolException protocol)
            {
                return protocol.ErrorCode;
            }
        }

        return null;
    }

    private static Task<TestServer> StartAsync(TransportKind transport, RequestDelegate application)
        => TestServer.StartAsync(transport, new TestApplicationOptions { Application = app => app.Run(application) });

    private static HttpMessageInvoker Invoker(TestServer server)
    {
        var services = new ServiceCollection();
        server.Transport.Attach(services.AddHttpClient("client"), server.Path);
        var factory = services.BuildServiceProvider().GetRequiredService<IHttpMessageHandlerFactory>();
        return new HttpMessageInvoker(factory.CreateHandler("client"));
    }

    private static async Task<(int Status, string Text)> AskAsync(TestServer server)
    {
        using var invoker = Invoker(server);
        return await AskAsync(invoker);
    }

    private static async Task<(int Status, string Text)> AskAsync(
        HttpMessageInvoker invoker, string target = "/", HttpMethod? method = null, params (string Name, string Value)[] headers)
    {
        using var request = Request(method ?? HttpMethod.Get, target);
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        using var response = await invoker.SendAsync(request, CancellationToken.None).Within();
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync().Within());
    }

    private static HttpRequestMessage Request(HttpMethod method, string target)
        => new(method, $"http://localhost{target}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

    private sealed record Note(string Text);
}
