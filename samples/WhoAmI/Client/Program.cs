using Grpc.Core;
using Tachyon.Grpc.Client;
using Tachyon.Transport;
using WhoAmI;

// Nothing is sent to a server of another user than this process has, unless the command line names one.
var options = new TachyonChannelOptions { ServerUser = args.FirstOrDefault() ?? Environment.UserName };
using var channel = TachyonChannel.ForAddress(Path.Combine(Path.GetTempPath(), "whoami.sock"), options);
var client = new WhoAmI.WhoAmI.WhoAmIClient(channel);

try
{
    var me = await client.AskAsync(new AskRequest());
    Console.WriteLine($"The server says that I am {me.Name} (uid {me.UserId}), process {me.ProcessId}.");
    Console.WriteLine($"My roles: {string.Join(", ", me.Roles)}");
    Console.WriteLine($"May I restart it? {await MayRestartAsync()}");
    return 0;
}
catch (RpcException exception)
{
    Console.Error.WriteLine(exception.Status.Detail);
    return 1;
}

async Task<string> MayRestartAsync()
{
    try
    {
        return (await client.RestartAsync(new RestartRequest())).Message;
    }
    catch (RpcException exception) when (exception.StatusCode == StatusCode.PermissionDenied)
    {
        return "No: I am in none of the groups root, sudo and wheel.";
    }
}
