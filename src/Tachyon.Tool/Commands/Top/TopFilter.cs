using Tachyon.Transport;

namespace Tachyon.Tool.Commands.Top;

/// <summary>Which connections are shown.</summary>
/// <param name="ProcessId">Those of this process, on either side; null for all.</param>
/// <param name="EndPoint">Those of the server at this path or name; null for all.</param>
internal sealed record TopFilter(int? ProcessId, TachyonEndPoint? EndPoint)
{
    internal bool Matches(Region region)
        => (ProcessId is not { } id || region.Views.Any(view => view.Process.Id == id))
        && (EndPoint is not { } endPoint || region.Path == endPoint.Path);
}
