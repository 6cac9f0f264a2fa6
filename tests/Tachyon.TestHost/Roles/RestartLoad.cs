namespace Tachyon.TestHost.Roles;

/// <summary>What a test asks of a child in the role <see cref="HostRole.RestartLoad"/>.</summary>
public static class RestartLoad
{
    /// <summary>Waits until so many further calls were verified.</summary>
    public static Task ExpectCallsAsync(ChildProgram load, int further)
    {
        ArgumentNullException.ThrowIfNull(load);
        return ReachAsync().Within("further calls of the load");

        async Task ReachAsync()
        {
            var first = await CountAsync(load).ConfigureAwait(false);
            while (await CountAsync(load).ConfigureAwait(false) < first + further)
            {
                // Between two questions only: the load needs the processor.
                await Task.Delay(10).ConfigureAwait(false);
            }
        }
    }

    private static Task<long> CountAsync(ChildProgram load)
    {
        load.Send("count");
        return HostProgram.ResultAsync<long>(load);
    }
}
