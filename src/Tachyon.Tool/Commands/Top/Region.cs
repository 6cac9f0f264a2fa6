namespace Tachyon.Tool.Commands.Top;

/// <summary>The memory of one connection, and who has it mapped.</summary>
internal sealed record Region(ulong Inode, IReadOnlyList<RegionView> Views)
{
    /// <summary>Of the server's socket: the name of the memory, which is the same in all views.</summary>
    internal string? Path => Views[0].Header.Path;
}

/// <summary>The memory of a connection as one process has it mapped. All of it is the kernel's word.</summary>
/// <param name="Process">Who.</param>
/// <param name="Header">The mapping that begins with the header.</param>
/// <param name="Capacity0">Bytes of ring 0.</param>
/// <param name="Capacity1">Bytes of ring 1.</param>
/// <param name="Ends">How often it is mapped: twice when both ends of the connection are in this process.</param>
internal sealed record RegionView(ProcessFacts Process, Mapping Header, int Capacity0, int Capacity1, int Ends);
