namespace Tachyon.Tool.Commands.Top.Methods;

/// <summary>The calls of one method that ended within one look, by the word of their server.</summary>
/// <param name="Process">The server.</param>
/// <param name="Method">The route of the request, which is /service/method for gRPC; null for a request that no route took.</param>
/// <param name="HttpVersion">As in <c>network.protocol.version</c>; direct mode counts as 2.</param>
/// <param name="HttpStatus">Of the response. A gRPC call that fails has 200 as well.</param>
/// <param name="CallsPerSecond">That ended.</param>
/// <param name="P50Seconds">Half of them took no longer; null when none ended.</param>
/// <param name="P95Seconds">The same of 95 %.</param>
/// <param name="P99Seconds">The same of 99 %.</param>
internal sealed record MethodReport(
    ProcessReport Process,
    string? Method,
    string? HttpVersion,
    string? HttpStatus,
    double CallsPerSecond,
    double? P50Seconds,
    double? P95Seconds,
    double? P99Seconds);
