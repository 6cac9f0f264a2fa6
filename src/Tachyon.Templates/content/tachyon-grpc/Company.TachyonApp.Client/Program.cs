using Company.TachyonApp.Contract;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Tachyon.Grpc.Client;

var builder = Host.CreateApplicationBuilder(args);
builder.Services
    .AddGrpcClient<Greeter.GreeterClient>()
    .UseTachyon(builder.Configuration["Socket"] ?? DefaultSocket.FullPath);

using var host = builder.Build();
var greeter = host.Services.GetRequiredService<Greeter.GreeterClient>();
var reply = await greeter.SayHelloAsync(new HelloRequest { Name = "world" }, deadline: DateTime.UtcNow.AddSeconds(10));
Console.WriteLine(reply.Message);
