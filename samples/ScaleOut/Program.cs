using Samples;
using ScaleOut.Client;
using ScaleOut.Demo;
using ScaleOut.Server;

try
{
    return args.FirstOrDefault() switch
    {
        "server" => await ServerProgram.RunAsync(args[1..]),
        "client" => await ClientProgram.RunAsync(args[1..]),
        null => await Demonstration.RunAsync(args),
        var first when first.StartsWith("--", StringComparison.Ordinal) => await Demonstration.RunAsync(args),
        var first => throw new SampleException(
            $"'{first}' is neither 'server' nor 'client'. Without a command the sample starts both; see samples/README.md."),
    };
}
catch (SampleException exception)
{
    await Console.Error.WriteLineAsync(exception.Message);
    return 1;
}
