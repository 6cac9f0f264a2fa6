using Company.TachyonApp.Contract;
using Company.TachyonApp.Service;

var builder = WebApplication.CreateBuilder(args);
builder.WebHost.UseTachyon();
builder.WebHost.ConfigureKestrel((context, kestrel) => kestrel.ListenTachyon(context.Configuration["Socket"] ?? DefaultSocket.FullPath));
builder.Services.AddGrpc();

var app = builder.Build();
app.MapGrpcService<GreeterService>();
app.Run();
