using FileTransfer;

return await CommandLine.RunAsync(args);
