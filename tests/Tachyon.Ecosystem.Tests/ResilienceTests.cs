using System.Net;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http.Resilience;
using Polly;
using Tachyon.Ecosystem.Tests.Support;
using Tachyon.TestHost;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;

namespace Tachyon.Ecosystem.Tests;

/// <summary>Microsoft.Extensions.Http.Resilience around a handler that connects over Tachyon.</summary>
public sealed class ResilienceTests
{
    [Theory]
    [EachTransport]
    public async Task A_request_whose_connection_was_aborted_is_retried(TransportKind kind)
    {
        var requests = 0;
        await using var server = await EcosystemServer.StartAsync(
            kind,
            HttpProtocols.Http1,
            _ => { },
            app => app.MapPost("/", async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var body = await reader.ReadToEndAsync();
            if (Interlocked.Increment(ref requests) == 1)
            {
                context.Abort();
                return;
            }

            await context.Response.WriteAsync($"hello, {body}");
        }));
        var failures = new List<Exception?>();
        await using var provider = CreateProvider(services => services.AddHttpClient("server"), server, outcome =>
        {
            failures.Add(outcome.Exception);
            return Task.CompletedTask;
        });
        using var client = provider.GetRequiredService<IHttpClientFactory>().CreateClient("server");

        // Not a GET: SocketsHttpHandler itself would send that again after a plain end of the connection.
        using var response = await client.PostAsync(TestTransport.Address, new StringContent("world")).Within();

        Assert.Equal("hello, world", await response.Content.ReadAsStringAsync().Within());
        Assert.IsType<HttpRequestException>(Assert.Single(failures));
        Assert.Equal(2, server.Requests);
    }

    [Theory]
    [EachTransport]
    public async Task A_response_of_503_is_retried(TransportKind kind)
    {
        var requests = 0;
        await using var server = await EcosystemServer.StartAsync(
            kind,
            HttpProtocols.Http1,
            _ => { },
            app => app.MapGet("/", context =>
        {
            context.Response.StatusCode = Interlocked.Increment(ref requests) == 1
                ? StatusCodes.Status503ServiceUnavailable
                : StatusCodes.Status200OK;
            return context.Response.WriteAsync("hello");
        }));
        var failures = new List<HttpStatusCode?>();
        await using var provider = CreateProvider(services => services.AddHttpClient("server"), server, outcome =>
        {
            failures.Add(outcome.Result?.StatusCode);
            return Task.CompletedTask;
        });
        using var client = provider.GetRequiredService<IHttpClientFactory>().CreateClient("server");

        Assert.Equal("hello", await client.GetStringAsync(TestTransport.Address).Within());

        Assert.Equal([HttpStatusCode.ServiceUnavailable], failures);
        Assert.Equal(2, server.Requests);
    }

    [Theory]
    [EachTransport]
    public async Task A_grpc_call_without_a_server_is_retried_until_the_server_listens(TransportKind kind)
    {
        await using var server = EcosystemServer.Create(
            kind, HttpProtocols.Http2, services => TestApplication.AddTestServices(services), TestApplication.MapTestServices);
        var failures = new List<Exception?>();
        await using var provider = CreateProvider(
            services => services.AddGrpcClient<Echo.EchoClient>(options => options.Address = TestTransport.Address),
            server,
            outcome =>
            {
                failures.Add(outcome.Exception);
                return server.StartAsync();
            });

        var call = provider.GetRequiredService<Echo.EchoClient>().UnaryAsync(Content.Create(1, 1_000));
        var reply = await call.ResponseAsync.Within();

        Assert.Null(Content.Difference(reply, 1, 1_000));
        Assert.IsType<HttpRequestException>(Assert.Single(failures));
    }

    private static ServiceProvider CreateProvider(
        Func<IServiceCollection, IHttpClientBuilder> addClient, EcosystemServer server, Func<Outcome<HttpResponseMessage>, Task> onRetry)
    {
        var services = new ServiceCollection();
        var builder = addClient(services);
        server.Transport.Attach(builder, server.Path);
        builder.AddResilienceHandler("retry once", pipeline => pipeline.AddRetry(new HttpRetryStrategyOptions
        {
            MaxRetryAttempts = 1,
            Delay = TimeSpan.Zero,
            OnRetry = async arguments => await onRetry(arguments.Outcome),
        }));
        return services.BuildServiceProvider();
    }
}
