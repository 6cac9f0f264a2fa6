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

namespace Tachyon.Ecosystem.Tests;

/// <summary>Grpc.AspNetCore.Server.Reflection: what tools such as grpcurl ask for.</summary>
public sealed class ReflectionTests
{
    [Theory]
    [EachTransport]
    public async Task A_client_lists_the_services_and_gets_their_descriptors(TransportKind kind)
    {
        await using var server = await EcosystemServer.StartAsync(
            kind,
            HttpProtocols.Http2,
            services =>
            {
                TestApplication.AddTestServices(services);
                services.AddGrpcReflection();
            },
            app =>
            {
                TestApplication.MapTestServices(app);
                app.MapGrpcReflectionService();
            });
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

    private static async Task<ServerReflectionResponse> AskAsync(
        AsyncDuplexStreamingCall<ServerReflectionRequest, ServerReflectionResponse> call, ServerReflectionRequest request)
    {
        await call.RequestStream.WriteAsync(request).Within();
        Assert.True(await call.ResponseStream.MoveNext().Within());
        return call.ResponseStream.Current;
    }
}
