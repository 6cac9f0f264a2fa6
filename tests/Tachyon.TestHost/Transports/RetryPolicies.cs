using Grpc.Core;
using Grpc.Net.Client.Configuration;

namespace Tachyon.TestHost.Transports;

/// <summary>Policies of gRPC's own retries.</summary>
public static class RetryPolicies
{
    /// <summary>Each call is made up to five times while it ends with Unavailable.</summary>
    /// <param name="firstBackoff">At most so long before the second attempt; twice as long before each further one, up to a second.</param>
    public static ServiceConfig OfUnavailable(TimeSpan firstBackoff) => new()
    {
        MethodConfigs =
        {
            new MethodConfig
            {
                Names = { MethodName.Default },
                RetryPolicy = new RetryPolicy
                {
                    MaxAttempts = 5,
                    InitialBackoff = firstBackoff,
                    MaxBackoff = TimeSpan.FromSeconds(1),
                    BackoffMultiplier = 2,
                    RetryableStatusCodes = { StatusCode.Unavailable },
                },
            },
        },
    };
}
