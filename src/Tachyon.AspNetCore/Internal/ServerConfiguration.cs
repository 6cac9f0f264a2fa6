using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Internal;

/// <summary>
/// The configuration section of the server's options. It checks the values that the binder misreads: a mode in octal digits, a time without
/// a unit, a number in place of a name, one value in place of a list.
/// </summary>
internal static class ServerConfiguration
{
    internal const string Section = "Tachyon";

    private const int LargestMode = 0b111_111_111;

    private static readonly string[] s_lists =
        [nameof(TachyonTransportOptions.AllowedUserIds), nameof(TachyonTransportOptions.AllowedGroupIds)];

    private static readonly string[] s_values =
    [
        nameof(TachyonTransportOptions.WaitMode),
        nameof(TachyonTransportOptions.SharedMemory),
        nameof(TachyonTransportOptions.SendRingSize),
        nameof(TachyonTransportOptions.ReceiveRingSize),
        nameof(TachyonTransportOptions.HandshakeTimeout),
        nameof(TachyonTransportOptions.SocketMode),
        nameof(TachyonTransportOptions.SocketGroupId),
        nameof(TachyonTransportOptions.AcceptSocketClients),
        nameof(TachyonTransportOptions.ReplaceUnixSockets),
        nameof(TachyonTransportOptions.AllowDirect),
        nameof(TachyonTransportOptions.TakeOver),
        nameof(TachyonTransportOptions.AllowCapture),
        nameof(TachyonTransportOptions.Backlog),
        nameof(TachyonTransportOptions.MaxPendingHandshakes),
        nameof(TachyonTransportOptions.MaxConnections),
        nameof(TachyonTransportOptions.MaxConnectionsPerUser),
    ];

    /// <exception cref="OptionsValidationException">A value has a form that would be misread.</exception>
    internal static void Check(IConfiguration configuration)
    {
        foreach (var entry in configuration.GetSection(Section).GetChildren())
        {
            var problem = Is(entry, nameof(TachyonTransportOptions.SocketMode)) ? Mode(entry) is null ? NotAMode : null
                : Is(entry, nameof(TachyonTransportOptions.WaitMode)) ? NotAName<TachyonWaitMode>(entry.Value)
                : Is(entry, nameof(TachyonTransportOptions.SharedMemory)) ? NotAName<TachyonServerSharedMemory>(entry.Value)
                : Is(entry, nameof(TachyonTransportOptions.HandshakeTimeout))
                    && entry.Value is { } time
                    && !time.Contains(':', StringComparison.Ordinal)
                    ? "use hours:minutes:seconds, such as 00:00:05 (a lone number would be days)"
                : s_lists.Contains(entry.Key, StringComparer.OrdinalIgnoreCase) && !string.IsNullOrEmpty(entry.Value)
                    ? "use a list of numbers, such as [ 1001 ]"
                : s_values.Contains(entry.Key, StringComparer.OrdinalIgnoreCase) && entry.GetChildren().Any() ? "use one value"
                : null;
            if (problem is not null)
            {
                throw new OptionsValidationException(
                    Options.DefaultName, typeof(TachyonTransportOptions), [$"The configuration value '{entry.Path}' is '{entry.Value}': {problem}."]);
            }
        }
    }

    /// <summary>Sets the mode again after the binder, which reads the digits as decimal.</summary>
    internal static void SetMode(TachyonTransportOptions options, IConfiguration configuration)
    {
        if (Mode(configuration.GetSection(Section).GetSection(nameof(TachyonTransportOptions.SocketMode))) is { } mode)
        {
            options.SocketMode = mode;
        }
    }

    /// <summary>Keys that no option has. Nested sections belong to other components.</summary>
    internal static string[] UnknownKeys(IConfiguration configuration)
        => [.. configuration.GetSection(Section).GetChildren()
            .Where(static entry => !s_values.Concat(s_lists).Contains(entry.Key, StringComparer.OrdinalIgnoreCase)
                && entry.GetChildren().All(static child => int.TryParse(child.Key, out _)))
            .Select(static entry => entry.Path)];

    private const string NotAMode = "use octal digits, such as 0660, or names, such as \"UserRead, UserWrite, GroupRead, GroupWrite\"";

    private static bool Is(IConfigurationSection entry, string name) => string.Equals(entry.Key, name, StringComparison.OrdinalIgnoreCase);

    private static string? NotAName<T>(string? value)
        where T : struct, Enum
        => Enum.GetNames<T>().Contains(value?.Trim(), StringComparer.OrdinalIgnoreCase) ? null : $"use {string.Join(", ", Enum.GetNames<T>())}";

    private static UnixFileMode? Mode(IConfigurationSection entry)
    {
        var value = entry.Value?.Trim() ?? "";
        if (value.Length is 3 or 4 && value.All(static digit => digit is >= '0' and <= '7'))
        {
            var mode = value.Aggregate(0, static (number, digit) => (number * 8) + (digit - '0'));
            return mode <= LargestMode ? (UnixFileMode)mode : null;
        }

        return !value.Any(static letter => char.IsAsciiDigit(letter) || letter is '-' or '+')
            && Enum.TryParse(value, ignoreCase: true, out UnixFileMode named)
            && (int)named <= LargestMode
            ? named : null;
    }
}
