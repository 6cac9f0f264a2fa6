using System.Net;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Tachyon.AspNetCore;
using Tachyon.Ecosystem.Tests.Protos;
using Tachyon.Ecosystem.Tests.Support;
using Tachyon.Grpc.Client;

namespace Tachyon.Ecosystem.Tests;

/// <summary>
/// Microsoft.AspNetCore.Mvc.Testing with an application that listens with Tachyon and allows direct mode: over its server in memory, which
/// has no endpoints, and over Kestrel.
/// </summary>
public sealed class WebApplicationFactoryTests
{
    [Fact]
    public async Task Application_runs_on_the_server_in_memory()
    {
        await using var application = new BooksApplication();
        using var channel = GrpcChannel.ForAddress(
            "http://localhost", new GrpcChannelOptions { HttpHandler = application.Server.CreateHandler() });

        await GetBookAsync(channel);

        Assert.False(File.Exists(application.Path));
    }

    [Theory]
    [InlineData(TachyonProtocol.Http2, false)]
    [InlineData(TachyonProtocol.RequireDirect, true)]
    public async Task Application_is_reached_over_shared_memory_on_kestrel(TachyonProtocol protocol, bool isDirect)
    {
        await using var application = new BooksApplication();
        application.UseKestrel();
        application.StartServer();
        using var channel = TachyonChannel.ForAddress(application.Path, new TachyonChannelOptions { Protocol = protocol });

        await GetBookAsync(channel);

        Assert.Equal(isDirect, application.WasDirect);
    }

    [Fact]
    public async Task Two_applications_of_one_process_are_apart()
    {
        await using var one = new BooksApplication();
        await using var other = new BooksApplication();
        one.UseKestrel();
        one.StartServer();
        other.UseKestrel();
        other.StartServer();
        using var channel = TachyonChannel.ForAddress(
            other.Path, new TachyonChannelOptions { Protocol = TachyonProtocol.RequireDirect });

        await GetBookAsync(channel);

        Assert.Null(one.WasDirect);
        Assert.True(other.WasDirect);
    }

    private static async Task GetBookAsync(GrpcChannel channel)
    {
        var book = await new Books.BooksClient(channel).GetAsync(new GetBookRequest { Id = 7 }).ResponseAsync.Within("a call");
        Assert.Equal(7, book.Id);
    }

    private sealed class BooksApplication : WebApplicationFactory<BooksApplication>
    {
        private readonly TempDirectory _directory = new();

        internal BooksApplication() => Path = _directory.NewSocketPath();

        internal string Path { get; }

        /// <summary>Null before the first request.</summary>
        internal bool? WasDirect { get; private set; }

        public override async ValueTask DisposeAsync()
        {
            await base.DisposeAsync();
            _directory.Dispose();
        }

        protected override IHostBuilder CreateHostBuilder() => new HostBuilder().ConfigureWebHost(host => host
            .UseContentRoot(_directory.Path)
            .UseKestrel(kestrel => kestrel.ListenTachyon(Path))
            .UseTachyon(static options => options.AllowDirect = true)
            .ConfigureServices(static services => services.AddGrpc())
            .Configure(app =>
            {
                app.Use((context, next) =>
                {
                    WasDirect = context.Features.Get<ITachyonConnectionFeature>()?.IsDirect ?? false;
                    return next(context);
                });
                app.UseRouting();
                app.UseEndpoints(static endpoints => endpoints.MapGrpcService<BooksService>());
            }));
    }
}
