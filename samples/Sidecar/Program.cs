using Sidecar;

return await CommandLine.RunAsync(args);
