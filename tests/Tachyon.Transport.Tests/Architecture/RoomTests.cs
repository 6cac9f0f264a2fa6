using System.Reflection;
using Tachyon.Transport.Internal;
using Tachyon.Transport.Internal.Ring;

namespace Tachyon.Transport.Tests.Architecture;

/// <summary>
/// Which room (folder and namespace below Tachyon.Transport.Internal) may use which: docs/adr/0023-rooms-of-the-transport.md. Held against
/// the compiled assembly, so that no spelling hides a use.
/// </summary>
public sealed class RoomTests
{
    private const string Prefix = "Tachyon.Transport.Internal.";

    // The types of the public API that any room may use, and the address that they read and print.
    private const string Vocabulary = "vocabulary";

    // A handshake makes one.
    private const string Connections = nameof(TachyonConnection);

    // What uses the rooms, and is used by none.
    private const string Top = "top";

    private static readonly Type[] s_connections = [typeof(TachyonConnection), typeof(TachyonAcceptedClient), typeof(TachyonSocketClient)];

    private static readonly Type[] s_top =
        [typeof(TachyonListener), typeof(TachyonAccounts), typeof(TachyonCapture), typeof(TransportMetrics)];

    private static readonly Dictionary<string, string[]> s_mayUse = new()
    {
        ["Interop"] = [],
        ["Accounts"] = ["Interop"],
        ["Region"] = ["Interop", Vocabulary],
        ["Notification"] = ["Interop", "Region"],
        ["Ring"] = ["Region", "Notification", Vocabulary],
        ["Waiting"] = ["Interop", "Region", "Notification"],
        ["Connection"] = ["Region", "Notification", "Ring", "Waiting", Vocabulary],
        ["Pipelines"] = ["Region", "Ring", "Waiting", "Connection", Vocabulary],
        ["Capture"] = ["Interop", "Ring", "Connection", Vocabulary],
        ["Handshake"] = ["Interop", "Region", "Notification", "Waiting", "Connection", "Capture", Vocabulary, Connections],
        ["Sockets"] = ["Interop", "Accounts", "Waiting", "Handshake", Vocabulary, Connections],
    };

    [Fact]
    public void Rooms_use_only_rooms_that_they_may_use()
    {
        string[] violations = [.. Arrows().Where(static arrow => !MayUse(arrow.From, arrow.To)).Select(static arrow => arrow.Text).Order()];

        Assert.True(violations.Length == 0, "These uses are not among the arrows of ADR 23:\n" + string.Join('\n', violations));
    }

    [Fact]
    public void Every_arrow_is_used()
    {
        HashSet<(string, string)> used = [.. Arrows().Select(static arrow => (arrow.From, arrow.To))];
        string[] unused =
        [
            .. s_mayUse.SelectMany(static room => room.Value.Select(to => (room.Key, to)))
                .Where(arrow => !used.Contains(arrow))
                .Select(static arrow => arrow.ToString()),
        ];

        Assert.Empty(unused);
    }

    [Fact]
    public void Arrows_make_no_circle()
    {
        // In the order of the table: each room may use only rooms before it.
        HashSet<string> before = [Vocabulary, Connections];
        foreach ((var room, var uses) in s_mayUse)
        {
            Assert.Empty(uses.Except(before));
            before.Add(room);
        }
    }

    [Fact]
    public void Vocabulary_uses_no_room_above_the_region()
    {
        string[] violations =
        [
            .. Uses(static from => from == Vocabulary)
                .Where(static arrow => arrow.To is not (Vocabulary or "Interop" or "Region"))
                .Select(static arrow => arrow.Text),
        ];

        Assert.Empty(violations);
    }

    /// <summary>What the compiler guarantees only as long as it holds: no access to a shared word without its memory order.</summary>
    [Fact]
    public void RingControl_returns_no_reference_to_a_shared_word()
    {
        var methods = typeof(RingControl).GetMethods(
            BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic);

        Assert.DoesNotContain(methods, static method => !method.IsPrivate && (method.ReturnType.IsByRef || method.ReturnType.IsPointer));
    }

    [Theory]
    [InlineData(typeof(Samples.InBase))]
    [InlineData(typeof(Samples.InField))]
    [InlineData(typeof(Samples.InGenericField))]
    [InlineData(typeof(Samples.InParameter))]
    [InlineData(typeof(Samples.InReturn))]
    [InlineData(typeof(Samples.InCall))]
    [InlineData(typeof(Samples.InCreation))]
    [InlineData(typeof(Samples.InTypeOf))]
    [InlineData(typeof(Samples.InCatch))]
    [InlineData(typeof(Samples.AfterSwitch))]
    public void Uses_are_found(Type type) => Assert.Contains(typeof(Samples.Used), TypeUses.Of(type));

    private static bool MayUse(string from, string to)
        => from == to || from == Top || (s_mayUse.TryGetValue(from, out var uses) && uses.Contains(to));

    private static IEnumerable<(string From, string To, string Text)> Arrows()
        => Uses(static from => from is not (Vocabulary or Connections or Top)).Where(static arrow => arrow.From != arrow.To);

    private static IEnumerable<(string From, string To, string Text)> Uses(Func<string, bool> isWanted)
    {
        var assembly = typeof(TachyonConnection).Assembly;
        foreach (var type in assembly.GetTypes().Where(IsOurs))
        {
            var from = RoomOf(type);
            if (!isWanted(from))
            {
                continue;
            }

            foreach (var use in TypeUses.Of(type).Where(use => use.Assembly == assembly && IsOurs(use)))
            {
                var to = RoomOf(use);
                yield return (from, to, $"{from} uses {to}: {type.FullName} uses {use.FullName}");
            }
        }
    }

    // Not what the compiler adds, such as its inline arrays.
    private static bool IsOurs(Type type) => type.Namespace?.StartsWith("Tachyon.Transport", StringComparison.Ordinal) == true;

    private static string RoomOf(Type type)
    {
        var outermost = type;
        while (outermost.DeclaringType is { } declaring)
        {
            outermost = declaring;
        }

        return outermost.Namespace!.StartsWith(Prefix, StringComparison.Ordinal) ? outermost.Namespace[Prefix.Length..]
            : s_connections.Contains(outermost) ? Connections
            : s_top.Contains(outermost) ? Top
            : Vocabulary;
    }

    private static class Samples
    {
        internal class Used : Exception
        {
            internal static int Number => 1;
        }

        internal sealed class InBase : Used;

        internal sealed class InField
        {
            internal Used? Value { get; init; }
        }

        internal sealed class InGenericField
        {
            internal Dictionary<int, Used[]>? Value { get; init; }
        }

        internal sealed class InParameter
        {
            internal static void Take(ref Used value) => _ = value;
        }

        internal sealed class InReturn
        {
            internal static Used? Give() => null;
        }

        internal sealed class InCall
        {
            internal static int Call() => Used.Number;
        }

        internal sealed class InCreation
        {
            internal static Used Create() => new();
        }

        internal sealed class InTypeOf
        {
            internal static string Name() => typeof(Used).Name;
        }

        internal sealed class InCatch
        {
            internal static void Try(Action action)
            {
                try
                {
                    action();
                }
                catch (Used)
                {
                }
            }
        }

        internal sealed class AfterSwitch
        {
            internal static int Switch(int value)
            {
                switch (value)
                {
                    case 0:
                        return 10;
                    case 1:
                        return 21;
                    case 2:
                        return 32;
                    case 3:
                        return 43;
                }

                return Used.Number;
            }
        }
    }
}
