using Greet;
using Grpc.Core;
using Tachyon.Grpc.Client;

using var channel = TachyonChannel.ForAddress(Path.Combine(Path.GetTempPath(), "quickstart.sock"));
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
    await foreach (var hello in call.ResponseStream.ReadAllAsync())
    {
        Console.WriteLine($"  {hello.Message}");
    }
}

Console.WriteLine("Duplex streaming");
using (var call = greeter.Chat())
{
    foreach (var name in people)
    {
        await call.RequestStream.WriteAsync(new HelloRequest { Name = name });
        await call.ResponseStream.MoveNext();
        Console.WriteLine($"  {call.ResponseStream.Current.Message}");
    }

    await call.RequestStream.CompleteAsync();
}
