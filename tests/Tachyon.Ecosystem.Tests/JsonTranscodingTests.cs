using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Tachyon.Ecosystem.Tests.Protos;
using Tachyon.Ecosystem.Tests.Support;
using Tachyon.TestHost.Transports;

namespace Tachyon.Ecosystem.Tests;

/// <summary>Microsoft.AspNetCore.Grpc.JsonTranscoding: a gRPC service as a REST API, at the same endpoint as gRPC.</summary>
public sealed class JsonTranscodingTests
{
    [Theory]
    [EachTransport]
    public async Task A_service_answers_json_and_grpc(TransportKind kind)
    {
        await using var server = await StartAsync(kind);
        using var http = CreateHttpClient(server);
        using var channel = server.CreateChannel();

        var got = await http.GetFromJsonAsync<Book>("/v1/books/42").Within();
        Assert.Equal(new Book { Id = 42, Title = "Volume 42" }, got);

        using var created = await http.PostAsJsonAsync("/v1/books", new { title = "Éléments" }).Within();
        Assert.Equal("""{"id":7,"title":"Éléments"}""", Compact(await created.Content.ReadAsStringAsync().Within()));

        Assert.Equal(got, await new Books.BooksClient(channel).GetAsync(new GetBookRequest { Id = 42 }).ResponseAsync.Within());
    }

    [Theory]
    [EachTransport]
    public async Task A_status_of_grpc_becomes_one_of_http(TransportKind kind)
    {
        await using var server = await StartAsync(kind);
        using var http = CreateHttpClient(server);

        using var response = await http.GetAsync("/v1/books/0").Within();

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains("no such book", await response.Content.ReadAsStringAsync().Within(), StringComparison.Ordinal);
    }

    [Theory]
    [EachTransport]
    public async Task A_stream_becomes_a_line_of_json_for_each_message(TransportKind kind)
    {
        const int Count = 500;
        await using var server = await StartAsync(kind);
        using var http = CreateHttpClient(server);

        var lines = (await http.GetStringAsync($"/v1/books?count={Count}").Within()).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(
            Enumerable.Range(1, Count).Select(static id => $$"""{"id":{{id}},"title":"Volume {{id}}"}"""),
            lines.Select(Compact));
    }

    private static Task<EcosystemServer> StartAsync(TransportKind kind)
        => EcosystemServer.StartAsync(
            kind, HttpProtocols.Http2, services => services.AddGrpc().AddJsonTranscoding(), app => app.MapGrpcService<BooksService>());

    private static HttpClient CreateHttpClient(EcosystemServer server) => new(server.CreateHandler())
    {
        BaseAddress = TestTransport.Address,
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    // Spaces between the tokens are the serializer's own business.
    private static string Compact(string json)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        return $$"""{"id":{{root.GetProperty("id").GetInt32()}},"title":"{{root.GetProperty("title").GetString()}}"}""";
    }
}
