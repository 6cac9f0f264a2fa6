using Greet;
using Grpc.Core;
using Tachyon.Grpc.Client;

using var channel = TachyonChannel.ForAddress(args is [var address] ? address : Path.Combine(Path.GetTempPath(), "quickstart.sock"));
var greeter = new Greeter.GreeterClient(channel);
string[] people = ["Ada", "Grace", "Barbara"];

Console.WriteLine("Unary");
var reply = await greeter.SayHelloAsync(new HelloRequest { Name = "world" });
Console.WriteLine($"  {reply.Message}");

Console.WriteLine("Client streaming");
using (var call = greeter.SayHelloToAll())
{
    foreach (var name in people)
    {
        await call.RequestStream.WriteAsync(new HelloRequest { Name = name });
    }

    await call.RequestStream.CompleteAsync();
    Console.WriteLine($"  {(await call).Message}");
}

Console.WriteLine("Server streaming");
using (var call = greeter.SayHelloInManyWays(new HelloRequest { Name = "world" }))
{
    await PrintAsync(call.ResponseStream);
}

Console.WriteLine("Duplex streaming");
using (var call = greeter.Chat())
{
    var answers = PrintAsync(call.ResponseStream);
    foreach (var name in people)
    {
        await call.RequestStream.WriteAsync(new HelloRequest { Name = name });
    }

    await call.RequestStream.CompleteAsync();
    await answers;
}

static async Task PrintAsync(IAsyncStreamReader<HelloReply> replies)
{
    await foreach (var reply in replies.ReadAllAsync())
    {
        Console.WriteLine($"  {reply.Message}");
    }
}
