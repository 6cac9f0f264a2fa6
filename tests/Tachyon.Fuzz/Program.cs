using SharpFuzz;
using Tachyon.Fuzz;

if (args.Length == 0 || !FuzzTarget.All.TryGetValue(args[0], out var target))
{
    await Console.Error.WriteLineAsync("Usage: Tachyon.Fuzz server|client [INPUT]\nWith INPUT: runs it once. Without: runs what afl-fuzz sends.");
    return 2;
}

if (args is [_, var file])
{
    Console.WriteLine(target.Run(await File.ReadAllBytesAsync(file)) is { } violation ? $"The input breaks a rule: {violation}." : "The input is valid.");
    return 0;
}

// In a child process, which is replaced when it hangs or dies.
Fuzzer.OutOfProcess.Run(stream =>
{
    using var input = new MemoryStream();
    stream.CopyTo(input);
    target.Run(input.ToArray());
});
return 0;
