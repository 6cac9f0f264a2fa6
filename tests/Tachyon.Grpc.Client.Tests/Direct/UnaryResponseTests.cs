using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Tachyon.Grpc.Client.Tests.Direct;

/// <summary>Whatever a server answers: a call without an HTTP request ends as one of the channel does.</summary>
public sealed class UnaryResponseTests
{
    private static readonly Dictionary<string, RequestDelegate> s_responses = new()
    {
        ["a message"] = context => RespondAsync(context, CallComparison.Message(10)),
        ["an empty message"] = context => RespondAsync(context, CallComparison.Message(0)),
        ["no message, status 0"] = context => RespondAsync(context, []),
        ["no message, status 9"] = context => RespondAsync(context, [], "9", "not%20now"),
        ["a message, status 9"] = context => RespondAsync(context, CallComparison.Message(10), "9"),
        ["two messages"] = context => RespondAsync(context, [.. CallComparison.Message(3), .. CallComparison.Message(3)]),
        ["a byte too much"] = context => RespondAsync(context, [.. CallComparison.Message(3), 1]),
        ["half of a prefix"] = context => RespondAsync(context, [0, 0, 0]),
        ["half of a message"] = context => RespondAsync(context, CallComparison.Message(5, length: 10)),
        ["an unknown flag"] = context => RespondAsync(context, CallComparison.Message(5, flag: 2)),
        ["a negative length"] = context => RespondAsync(context, CallComparison.Message(5, length: -1)),
        ["more than the limit"] = context => RespondAsync(context, CallComparison.Message(5_000_000)),
        ["the promise of more than the limit"] = context => RespondAsync(context, CallComparison.Message(5, length: 5_000_000)),
        ["compressed, without saying how"] = context => RespondAsync(context, CallComparison.Message(5, flag: 1)),
        ["no status"] = context => RespondAsync(context, CallComparison.Message(5), status: null),
        ["a status that is no number"] = context => RespondAsync(context, CallComparison.Message(5), "abc"),
        ["two statuses"] = context => RespondAsync(context, CallComparison.Message(5), "0", trailer: ("grpc-status", "1")),
        ["an unknown status"] = context => RespondAsync(context, CallComparison.Message(5), "77", "odd"),
        ["trailers of all kinds"] = context =>
        {
            context.Response.AppendTrailer("a", "1");
            context.Response.AppendTrailer("b-bin", "AQI");
            context.Response.AppendTrailer("grpc-status-details-bin", "AQID");
            context.Response.AppendTrailer("a", "2");
            return RespondAsync(context, CallComparison.Message(5), "5", "gr%C3%B6%C3%9Fer");
        },
        ["a trailer that is not in base64"] = context => RespondAsync(context, CallComparison.Message(5), "5", "no", ("b-bin", "!!!")),
        ["headers of all kinds"] = context =>
        {
            context.Response.Headers["a"] = new[] { "1", "2" };
            context.Response.Headers["b-bin"] = "AQI=";
            context.Response.Headers["date"] = "yesterday";
            context.Response.Headers["last-modified"] = "today";
            context.Response.Headers["content-language"] = "en";
            return RespondAsync(context, CallComparison.Message(5));
        },
        ["a header that is not in base64"] = context => HeadersOnlyAsync(context, headers => headers["b-bin"] = "!!!"),
        ["headers only, status 5"] = context => HeadersOnlyAsync(context, static headers =>
        {
            headers["grpc-status"] = "5";
            headers["grpc-message"] = "gone";
            headers["a"] = "1";
        }),
        ["headers only, status 0"] = context => HeadersOnlyAsync(context, headers => headers["grpc-status"] = "0"),
        ["headers only, a status that is no number"] = context => HeadersOnlyAsync(context, headers => headers["grpc-status"] = "abc"),
        ["headers only, no status"] = context => HeadersOnlyAsync(context, _ => { }),
        ["a status in the headers, and a message"] = context =>
        {
            context.Response.Headers["grpc-status"] = "3";
            return RespondAsync(context, CallComparison.Message(5));
        },
        ["a content type with a format"] = context => RespondAsync(context, CallComparison.Message(5), contentType: "application/grpc+proto"),
        ["another content type"] = context => RespondAsync(context, CallComparison.Message(5), contentType: "text/html"),
        ["a content type that goes on"] = context => RespondAsync(context, CallComparison.Message(5), contentType: "application/grpc-web"),
        ["no content type"] = context => RespondAsync(context, CallComparison.Message(5), contentType: null),
        ["HTTP 400"] = context => HttpAsync(context, 400),
        ["HTTP 401"] = context => HttpAsync(context, 401),
        ["HTTP 403"] = context => HttpAsync(context, 403),
        ["HTTP 404"] = context => HttpAsync(context, 404),
        ["HTTP 418"] = context => HttpAsync(context, 418),
        ["HTTP 429"] = context => HttpAsync(context, 429),
        ["HTTP 503"] = context => HttpAsync(context, 503),
        ["HTTP 503 with a body without end"] = async context =>
        {
            context.Response.StatusCode = 503;
            await context.Response.Body.WriteAsync(new byte[100]);
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default);
        },
        ["an abort before the headers"] = context =>
        {
            context.Abort();
            return Task.CompletedTask;
        },
        ["an exception before the headers"] = _ => throw new InvalidOperationException("of the test"),
    };

    public static TheoryData<string> Responses => [.. s_responses.Keys];

    [Theory]
    [MemberData(nameof(Responses))]
    public async Task Call_ends_as_one_of_the_channel(string response)
    {
        await using var comparison = await CallComparison.StartAsync(s_responses[response]);

        (var expected, var actual) = await comparison.CompareAsync(invoker => CallComparison.DescribeAsync(
            invoker.AsyncUnaryCall(CallComparison.Raw, host: null, default, [1, 2, 3]), static bytes => Convert.ToHexString(bytes)));

        Assert.Equal(expected, actual);
    }

    private static async Task RespondAsync(
        HttpContext context, byte[] body, string? status = "0", string? message = null, (string Name, string Value)? trailer = null,
        string? contentType = "application/grpc")
    {
        context.Response.ContentType = contentType;
        await context.Response.Body.WriteAsync(body);
        if (status is not null)
        {
            context.Response.AppendTrailer("grpc-status", status);
        }

        if (message is not null)
        {
            context.Response.AppendTrailer("grpc-message", message);
        }

        if (trailer is { } more)
        {
            context.Response.AppendTrailer(more.Name, more.Value);
        }
    }

    private static Task HeadersOnlyAsync(HttpContext context, Action<IHeaderDictionary> write)
    {
        context.Response.ContentType = "application/grpc";
        write(context.Response.Headers);
        return Task.CompletedTask;
    }

    private static Task HttpAsync(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsync("no");
    }
}
