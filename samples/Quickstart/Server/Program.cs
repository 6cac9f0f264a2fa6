using Quickstart.Server;

var builder = WebApplication.CreateBuilder(args);

builder.WebHost.UseTachyon();
builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenTachyon(Path.Combine(Path.GetTempPath(), "quickstart.sock")));
builder.Services.AddGrpc();

var app = builder.Build();
app.MapGrpcService<GreeterService>();
app.Run();
