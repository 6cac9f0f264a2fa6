using System.Diagnostics;
using System.Diagnostics.Metrics;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;

namespace Tachyon.AspNetCore.Tests.Direct;

/// <summary>
/// What a service sees of a call: over Kestrel's Unix socket and in direct mode. The differences are a list here, and the table of
/// docs/direct-mode.md.
/// </summary>
[Collection(Serial.Name)]
public sealed class ServiceSnapshotTests
{
    private static readonly string[] s_known =
    [
        // Of the request: what Kestrel has for other uses of HTTP/2.
        "- feature IHttpExtendedConnectFeature",
        "- feature IHttpWebTransportFeature",
        "- feature IHttpUpgradeFeature",

        // Of the connection: that of shared memory in place of a socket's.
        "+ feature IConnectionEndPointFeature",
        "+ feature ITachyonConnectionFeature",
        "+ feature ITachyonPeerFeature",
        "- feature IConnectionSocketFeature",

        // Of the response.
        "- response header Date",
        "- response header Server",

        // A metric of connections that Kestrel makes for HTTP/1.1 and HTTP/2 themselves.
        "- metric kestrel.queued_requests",
    ];

    [Fact]
    public async Task Differences_are_those_that_are_documented()
    {
        var socket = await TakeAsync(TransportKind.UnixSocket);
        var direct = await TakeAsync(TransportKind.Direct);

        string[] differences =
        [
            .. socket.Except(direct).Select(static fact => "- " + fact),
            .. direct.Except(socket).Select(static fact => "+ " + fact),
        ];

        // Of a metric that is not there, its tags say nothing more.
        differences = [.. differences.Where(fact => !differences.Any(other => fact.StartsWith($"{other} has ", StringComparison.Ordinal)))];
        string[] unexpected = [.. differences.Except(s_known)];
        string[] missing = [.. s_known.Except(differences)];
        Assert.True(
            unexpected.Length + missing.Length == 0,
            $"Not documented:\n{string.Join('\n', unexpected)}\nDocumented, and no difference:\n{string.Join('\n', missing)}");
    }

    private static async Task<SortedSet<string>> TakeAsync(TransportKind transport)
    {
        SortedSet<string> facts = new(StringComparer.Ordinal);
        using var activities = Listen(facts);
        using var meters = ListenToMeters(facts);
        await using (var server = await TestServer.StartAsync(transport, new TestApplicationOptions
        {
            Application = app => app.Use(async (context, next) =>
            {
                Take(context, facts);
                await next(context);
            }),
        }))
        {
            using var channel = server.CreateChannel();
            using var parent = new Activity("caller").Start();
            using var call = new Echo.EchoClient(channel).UnaryAsync(
                new Payload(), new Metadata { { "x-text", "value" }, { "x-bytes-bin", [1, 2, 3] } }, DateTime.UtcNow.AddMinutes(1));
            foreach (var entry in await call.ResponseHeadersAsync.Within())
            {
                lock (facts)
                {
                    facts.Add($"response header {Name(entry.Key)}");
                }
            }

            await call.ResponseAsync.Within();
            foreach (var entry in call.GetTrailers())
            {
                lock (facts)
                {
                    facts.Add($"trailer {entry.Key}");
                }
            }
        }

        return facts;
    }

    private static string Name(string key) => key is "date" or "server" ? char.ToUpperInvariant(key[0]) + key[1..] : key;

    private static void Take(HttpContext context, SortedSet<string> facts)
    {
        lock (facts)
        {
            foreach (var type in FeatureTypes())
            {
                if (context.Features[type] is not null)
                {
                    facts.Add($"feature {type.Name}");
                }
            }

            foreach ((var name, var value) in context.Request.Headers)
            {
                var key = name.ToLowerInvariant();
                facts.Add(key is "traceparent" or "tracestate" or "grpc-timeout" ? $"request header {key}" : $"request header {key} = {value}");
            }

            var request = context.Request;
            facts.Add($"request {request.Method} {request.Path} {request.Protocol} {request.Scheme} {request.PathBase}");
            facts.Add($"content type {request.ContentType}, length {request.ContentLength}");
            var connection = context.Connection;
            facts.Add($"remote {connection.RemoteIpAddress} {connection.RemotePort}, local {connection.LocalIpAddress}");
            facts.Add($"trace identifier of {context.TraceIdentifier.Length} characters");
            facts.Add($"user {context.User.Identity?.IsAuthenticated}");
            facts.Add($"activity {Activity.Current?.OperationName}, has parent {Activity.Current?.ParentId is not null}");
        }
    }

    private static IEnumerable<Type> FeatureTypes()
        => ((Type[])[
                typeof(IHttpRequestFeature), typeof(HttpContext), typeof(KestrelServer), typeof(ConnectionContext),
                typeof(ITachyonConnectionFeature),
                typeof(Microsoft.AspNetCore.Connections.Features.IConnectionSocketFeature)])
            .Select(static type => type.Assembly)
            .Distinct()
            .SelectMany(static assembly => assembly.GetExportedTypes())
            .Where(static type => type.IsInterface && type.Name.EndsWith("Feature", StringComparison.Ordinal));

    private static ActivityListener Listen(SortedSet<string> facts)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name is "Microsoft.AspNetCore" or "System.Net.Http",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                lock (facts)
                {
                    facts.Add($"activity {activity.Source.Name} {activity.OperationName} {activity.Kind}");
                    foreach (var tag in activity.TagObjects)
                    {
                        facts.Add($"activity {activity.OperationName} has {tag.Key}");
                    }
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    private static MeterListener ListenToMeters(SortedSet<string> facts)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Meter.Name is "Microsoft.AspNetCore.Hosting" or "Microsoft.AspNetCore.Server.Kestrel" or "System.Net.Http")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Note(instrument, tags));
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Note(instrument, tags));
        listener.Start();
        return listener;

        void Note(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            lock (facts)
            {
                facts.Add($"metric {instrument.Name}");
                foreach (var tag in tags)
                {
                    facts.Add($"metric {instrument.Name} has {tag.Key}");
                }
            }
        }
    }
}
