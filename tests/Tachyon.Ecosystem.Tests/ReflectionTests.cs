using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Reflection.V1Alpha;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Tachyon.Ecosystem.Tests.Support;
using Tachyon.TestHost;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Transports;
using V1 = Grpc.Reflection.V1;

namespace Tachyon.Ecosystem.Tests;

/// <summary>Grpc.AspNetCore.Server.Reflection: what tools such as grpcurl ask for.</summary>
public sealed class ReflectionTests
{
    [Theory]
    [EachTransport]
    public async Task A_client_lists_the_services_and_gets_their_descriptors(TransportKind kind)
    {
        await using var server = await StartAsync(kind);
        using var channel = server.CreateChannel();
        using var call =
            new ServerReflection.ServerReflectionClient(channel).ServerReflectionInfo();

        var services = await AskAsync(call, new ServerReflectionRequest { ListServices = "" });
        Assert.Contains(Echo.Descriptor.FullName, services.ListServicesResponse.Service.Select(static service => service.Name));

        var files = await AskAsync(
            call, new ServerReflectionRequest { FileContainingSymbol = Echo.Descriptor.FullName });
        var file = FileDescriptorProto.Parser.ParseFrom(Assert.Single(files.FileDescriptorResponse.FileDescriptorProto));
        Assert.Equal(TestReflection.Descriptor.ToProto(), file);

        await call.RequestStream.CompleteAsync().Within();
        Assert.False(await call.ResponseStream.MoveNext().Within());
    }

    // grpcurl -plaintext -unix PATH list: a plain socket client that asks for version 1 of the service.
    [Fact]
    public async Task Grpcurl_lists_the_services_of_an_endpoint_over_shared_memory()
    {
        await using var server = await StartAsync(TransportKind.Adaptive);
        server.HasSocketClients = true;
        using var channel = TestTransport.For(TransportKind.UnixSocket).CreateChannel(server.Path);
        using var call = new V1.ServerReflection.ServerReflectionClient(channel).ServerReflectionInfo();

        await call.RequestStream.WriteAsync(new V1.ServerReflectionRequest { ListServices = "*" }).Within();
        Assert.True(await call.ResponseStream.MoveNext().Within());

        Assert.Contains(
            Echo.Descriptor.FullName,
            call.ResponseStream.Current.ListServicesResponse.Service.Select(static service => service.Name));
        await call.RequestStream.CompleteAsync().Within();
        Assert.False(await call.ResponseStream.MoveNext().Within());
    }

    private static Task<EcosystemServer> StartAsync(TransportKind kind)
        => EcosystemServer.StartAsync(
            kind,
            HttpProtocols.Http2,
            static services =>
            {
                TestApplication.AddTestServices(services);
                services.AddGrpcReflection();
            },
            static app =>
            {
                TestApplication.MapTestServices(app);
                app.MapGrpcReflectionService();
            });

    private static async Task<ServerReflectionResponse> AskAsync(
        AsyncDuplexStreamingCall<ServerReflectionRequest, ServerReflectionResponse> call, ServerReflectionRequest request)
    {
        await call.RequestStream.WriteAsync(request).Within();
        Assert.True(await call.ResponseStream.MoveNext().Within());
        return call.ResponseStream.Current;
    }
}
