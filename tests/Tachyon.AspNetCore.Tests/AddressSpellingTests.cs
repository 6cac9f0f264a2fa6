using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tachyon.AspNetCore;
using Tachyon.Grpc.Client;
using Tachyon.TestHost.Fixtures;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Tests;

/// <summary>Where a server takes an address from.</summary>
public enum ServerAddressSource
{
    /// <summary>ListenTachyon in code.</summary>
    Code,

    /// <summary>Kestrel:Endpoints:X:Url.</summary>
    Endpoint,

    /// <summary>The setting "urls", which ASPNETCORE_URLS and UseUrls set.</summary>
    Urls,

    /// <summary>WebApplication.Urls.</summary>
    Application,
}

/// <summary>Every spelling of an address means the same at every place that takes one, or is refused with a sentence that says what to
/// write.</summary>
public sealed class AddressSpellingTests : IDisposable
{
    private const string SharedMemory = "shared memory";
    private const string PlainSocket = "plain socket";

    private readonly TempDirectory _directory = new();
    private readonly string _name = $"@tachyon-spelling-{Guid.NewGuid():N}";
    private readonly CapturedLogs _logs = new();

    public static TheoryData<ServerAddressSource, string, bool> SharedMemoryAtServers
        => Rows((AddressSpellings.SharedMemory, false), (AddressSpellings.SharedMemoryByName, true));

    public static TheoryData<ServerAddressSource, string, bool> PlainSocketsAtServers
        => Rows((AddressSpellings.PlainSocket, false), (AddressSpellings.PlainSocketByName, true));

    public void Dispose()
    {
        _logs.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [MemberData(nameof(SharedMemoryAtServers))]
    public async Task Server_listens_for_shared_memory_and_lists_an_address_that_all_take(
        ServerAddressSource source, string spelling, bool isName)
    {
        var target = isName ? _name : _directory.FilePath("s");
        string listed;
        await using (var app = await StartAsync(source, AddressSpellings.Format(spelling, target)))
        {
            listed = Assert.Single(Addresses(app));
            Assert.Equal(
                AddressSpellings.Format(isName ? AddressSpellings.SharedMemoryByName[^1] : AddressSpellings.SharedMemory[^1], target),
                listed);
            Assert.Contains(_logs.Entries, entry => entry.Message == $"Now listening on: {listed}");
            Assert.Equal(SharedMemory, await GetAsync(target));
            Assert.Equal(SharedMemory, await GetAsync(listed));
        }

        // What one server lists is an address for the next one.
        await using var successor = await StartAsync(source, listed);
        Assert.Equal(listed, Assert.Single(Addresses(successor)));
        Assert.Equal(SharedMemory, await GetAsync(listed));
    }

    [Theory]
    [MemberData(nameof(PlainSocketsAtServers))]
    public async Task Plain_socket_is_one_in_urls_where_kestrel_has_it_and_refused_elsewhere(
        ServerAddressSource source, string spelling, bool isName)
    {
        var target = isName ? _name : _directory.FilePath("s");
        var address = AddressSpellings.Format(spelling, target);
        if (source != ServerAddressSource.Code && !isName)
        {
            await using var app = await StartAsync(source, address);
            Assert.Equal($"http://unix:{target}", Assert.Single(Addresses(app)));
            Assert.Equal(PlainSocket, await GetAsync($"unix:{target}"));
            return;
        }

        var exception = await Assert.ThrowsAnyAsync<Exception>(() => StartAsync(source, address));

        Assert.Contains(source == ServerAddressSource.Code ? "use a path, @name" : $"write 'tachyon:{target}'", exception.Message, StringComparison.Ordinal);
        Assert.Contains(source == ServerAddressSource.Application ? target : $"'{address}'", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://unix:@app?tachyon")]
    [InlineData("tachyon:///run/app/app.sock")]
    public async Task Source_that_is_added_after_the_transport_is_refused_and_the_sentence_has_the_url(string address)
    {
        var builder = CreateBuilder();
        builder.Configuration.AddInMemoryCollection([new("Kestrel:Endpoints:Grpc:Url", address)]);
        await using var app = builder.Build();

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => app.StartAsync().Within("the start"));

        Assert.Equal(
            $"The configuration value 'Kestrel:Endpoints:Grpc:Url' is '{address}': write '{(address.Contains('@', StringComparison.Ordinal) ? "http://unix:/@app?tachyon" : "http://unix:/run/app/app.sock?tachyon")}'.",
            exception.Message);
    }

    [Theory]
    [InlineData("tachyon://host/app.sock", "three slashes")]
    [InlineData("tachyon:///run/a:b", "no colon in the path")]
    [InlineData("tachyon:///run/0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789", "at most 100 bytes")]
    public async Task Address_without_a_url_form_is_an_error(string address, string expected)
        => Assert.Contains(
            expected,
            (await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(ServerAddressSource.Endpoint, address))).Message,
            StringComparison.Ordinal);

    [Fact]
    public async Task Tls_is_no_part_of_the_address_of_ListenTachyon()
        => Assert.Contains(
            "UseHttps",
            (await Assert.ThrowsAsync<ArgumentException>(() => StartAsync(ServerAddressSource.Code, $"https://unix:{_directory.FilePath("s")}?tachyon"))).Message,
            StringComparison.Ordinal);

    [Fact]
    public async Task Endpoint_survives_a_reload_of_the_configuration_and_follows_its_change()
    {
        var builder = CreateBuilder(KeyValuePair.Create<string, string?>("Kestrel:Endpoints:Grpc:Url", $"tachyon://{_directory.FilePath("one")}"));
        await using var app = builder.Build();
        app.Run(AnswerAsync);
        await app.StartAsync().Within("the start");

        ((IConfigurationRoot)app.Configuration).Reload();
        Assert.Equal(SharedMemory, await GetAsync(_directory.FilePath("one")));
        app.Configuration["Kestrel:Endpoints:Grpc:Url"] = $"tachyon://{_directory.FilePath("two")}";
        ((IConfigurationRoot)app.Configuration).Reload();

        // Not the file: it is there before the socket listens.
        await Watchdog.Until(
            () => _logs.Entries.Any(
                entry => entry.Event.Name == "Listening" && entry.Message.Contains(_directory.FilePath("two"), StringComparison.Ordinal)),
            "the new endpoint");
        Assert.Equal(SharedMemory, await GetAsync(_directory.FilePath("two")));
        Assert.DoesNotContain(_logs.Entries, static entry => entry.Level >= LogLevel.Error);
    }

    [Fact]
    public async Task Middleware_that_parses_every_listed_address_works()
    {
        var builder = CreateBuilder();
        builder.WebHost.ConfigureKestrel(
            kestrel => kestrel.ListenTachyon(_directory.FilePath("s"), static listen => listen.Protocols = HttpProtocols.Http1));
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenTachyon(_name, static listen => listen.Protocols = HttpProtocols.Http1));
        await using var app = builder.Build();
        app.UseHttpsRedirection();
        app.Run(AnswerAsync);
        await app.StartAsync().Within("the start");

        Assert.Equal(SharedMemory, await GetAsync(_directory.FilePath("s")));
        Assert.All(Addresses(app), static address =>
        {
            Assert.True(BindingAddress.Parse(address).IsUnixPipe);
            Assert.True(Uri.TryCreate(address, UriKind.Absolute, out _));
        });
    }

    [Fact]
    public async Task Every_entry_point_of_the_client_takes_every_spelling()
    {
        foreach (var isName in (bool[])[false, true])
        {
            var target = isName ? _name : _directory.FilePath("s");
            await using var app = await StartAsync(ServerAddressSource.Code, target);
            foreach (var spelling in isName ? AddressSpellings.SharedMemoryByName : AddressSpellings.SharedMemory)
            {
                Assert.Equal(SharedMemory, await GetFromAllAsync(AddressSpellings.Format(spelling, target)));
            }

            foreach (var spelling in isName ? AddressSpellings.PlainSocketByName : AddressSpellings.PlainSocket)
            {
                Assert.Equal(PlainSocket, await GetFromAllAsync(AddressSpellings.Format(spelling, target)));
            }
        }
    }

    /// <summary>What the handler, the channel options and the client factory get from the address; AddressSchemeTests has the channel
    /// itself.</summary>
    private static async Task<string> GetFromAllAsync(string address)
    {
        var options = new global::Grpc.Net.Client.GrpcChannelOptions().UseTachyon(address);
        using var channel = new HttpClient(options.HttpHandler!) { BaseAddress = new Uri("http://localhost") };
        var collection = new ServiceCollection();
        collection.AddHttpClient("page").UseTachyon(address);
        await using var services = collection.BuildServiceProvider();
        using var factory = services.GetRequiredService<IHttpClientFactory>().CreateClient("page");
        string[] answers =
        [
            await GetAsync(address),
            await channel.GetStringAsync("/").Within("the page"),
            await factory.GetStringAsync("/").Within("the page"),
        ];
        return Assert.Single(answers.Distinct());
    }

    private static async Task<string> GetAsync(string address)
    {
        using var client = new HttpClient(new SocketsHttpHandler().UseTachyon(address)) { BaseAddress = new Uri("http://localhost") };
        return await client.GetStringAsync("/").Within("the page");
    }

    private static TheoryData<ServerAddressSource, string, bool> Rows(params (string[] Spellings, bool IsName)[] groups)
    {
        var rows = new TheoryData<ServerAddressSource, string, bool>();
        foreach ((var spellings, var isName) in groups)
        {
            foreach (var spelling in spellings)
            {
                Array.ForEach(Enum.GetValues<ServerAddressSource>(), source => rows.Add(source, spelling, isName));
            }
        }

        return rows;
    }

    private static ICollection<string> Addresses(WebApplication app)
        => app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;

    private static Task AnswerAsync(HttpContext context)
        => context.Response.WriteAsync(context.Features.Get<ITachyonConnectionFeature>() is null ? PlainSocket : SharedMemory);

    private async Task<WebApplication> StartAsync(ServerAddressSource source, string address)
    {
        var builder = CreateBuilder(source switch
        {
            ServerAddressSource.Endpoint => [new("Kestrel:Endpoints:Grpc:Url", address)],
            ServerAddressSource.Urls => [new("urls", address)],
            _ => [],
        });
        if (source == ServerAddressSource.Code)
        {
            builder.WebHost.ConfigureKestrel(
                kestrel => kestrel.ListenTachyon(address, static listen => listen.Protocols = HttpProtocols.Http1));
        }

        var app = builder.Build();
        try
        {
            if (source == ServerAddressSource.Application)
            {
                app.Urls.Add(address);
            }

            app.Run(AnswerAsync);
            await app.StartAsync().Within("the start of the host");
            return app;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    private WebApplicationBuilder CreateBuilder(params KeyValuePair<string, string?>[] configuration)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration.AddInMemoryCollection(configuration);
        builder.Logging.AddProvider(_logs);
        builder.WebHost.UseTachyon().UseKestrel(
            static (context, kestrel) => kestrel.Configure(context.Configuration.GetSection("Kestrel"), reloadOnChange: true));
        return builder;
    }
}
