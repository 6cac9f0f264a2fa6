using WhoAmI.Server;

var builder = WebApplication.CreateBuilder(args);

builder.WebHost.UseTachyon();
builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenTachyon(Path.Combine(Path.GetTempPath(), "whoami.sock")));

// The kernel identifies callers: no tokens, no certificates.
builder.Services.AddAuthentication().AddTachyonPeer();
builder.Services.AddAuthorization();
builder.Services.AddGrpc();

var app = builder.Build();
app.MapGrpcService<WhoAmIService>();
app.Run();
