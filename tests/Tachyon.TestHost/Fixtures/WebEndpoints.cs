using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Tachyon.TestHost.Services;

namespace Tachyon.TestHost.Fixtures;

/// <summary>Plain HTTP endpoints for clients that don't speak gRPC.</summary>
internal static class WebEndpoints
{
    public const string ConnectionHeader = "x-connection";

    /// <summary>The size of the blocks in which <c>/flood</c> writes.</summary>
    public const int BlockSize = 64 * 1024;

    public static void Map(WebApplication app)
    {
        app.Use((context, next) =>
        {
            context.Response.Headers[ConnectionHeader] = context.Connection.Id;
            return next(context);
        });

        app.MapGet("/hello", (HttpContext context) => $"hello over {context.Request.Protocol} {context.Request.Scheme}");

        // Sends the body back once it is complete: a client of HTTP/1.1 reads no response before it has sent its request. There is no
        // content length, so the response is chunked.
        app.MapPost("/echo", async (HttpContext context) =>
        {
            using var received = new MemoryStream();
            await context.Request.Body.CopyToAsync(received, context.RequestAborted);
            await context.Response.BodyWriter.WriteAsync(received.GetBuffer().AsMemory(0, (int)received.Length), context.RequestAborted);
        });

        app.MapPost("/length", async (HttpContext context) =>
        {
            var length = 0L;
            while (true)
            {
                var result = await context.Request.BodyReader.ReadAsync(context.RequestAborted);
                length += result.Buffer.Length;
                context.Request.BodyReader.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                {
                    return $"{length}";
                }
            }
        });

        // Writes the given number of blocks as fast as the transport takes them. The probe "flood" counts them.
        app.MapGet("/flood/{blocks:int}", async (HttpContext context, int blocks, ServerProbe probe) =>
        {
            for (var index = 0; index < blocks; index++)
            {
                var block = Content.Create(index, BlockSize).Data.Memory;
                await context.Response.BodyWriter.WriteAsync(block, context.RequestAborted);
                probe.Call("flood").CountWritten();
            }
        });

        // Reads nothing before the test has released the probe "gate", then everything.
        app.MapPost("/gate", async (HttpContext context, ServerProbe probe) =>
        {
            await probe.Call("gate").WaitForReleaseAsync(context.RequestAborted);
            using var received = new MemoryStream();
            await context.Request.Body.CopyToAsync(received, context.RequestAborted);
            return $"{received.Length}";
        });
    }
}
