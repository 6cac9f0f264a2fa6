namespace Tachyon.Tool.Commands.Top;

/// <summary>Which of the processes that have a region mapped is the server, and which the client.</summary>
/// <remarks>
/// The kernel reports which processes have it mapped. The roles are a claim of the memory, so a role is believed only of a process that has
/// it mapped. Processes of different PID namespaces may both be number 1 for themselves.
/// </remarks>
internal static class Roles
{
    internal static (ProcessFacts? Server, ProcessFacts? Client) Assign(
        HeaderPage page, IReadOnlyList<RegionView> views, List<string> notes)
    {
        if (views is [{ Ends: > 1 } both])
        {
            return (both.Process, both.Process);
        }

        var serverId = page.Server.Mode is null ? page.ServerProcessId : page.Server.OwnProcessId;
        var clientId = page.Client.Mode is null ? page.ClientProcessId : page.Client.OwnProcessId;
        ProcessFacts[] servers = [.. views.Select(static view => view.Process).Where(process => process.OwnId == serverId)];
        ProcessFacts[] clients = [.. views.Select(static view => view.Process).Where(process => process.OwnId == clientId)];
        var server = servers.Length == 1 ? servers[0] : null;
        var client = clients.FirstOrDefault(process => process != server);
        server ??= servers.FirstOrDefault(process => process != client);
        if (servers.Length > 1 && clients.Length > 1)
        {
            notes.Add($"Which one is the server can't be told: both see themselves as process {serverId}.");
        }

        ProcessFacts[] others = [.. views.Select(static view => view.Process).Where(process => process != server && process != client)];
        if (others.Length > 0)
        {
            notes.Add($"Neither its server nor its client, by what stands in it, but it is mapped there too: {string.Join(", ", others.Select(static process => $"{process.Name} {process.Id} ({process.User})"))}.");
        }

        return (server, client);
    }
}
