using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Internal;

/// <summary>
/// The section of the server's options in the configuration, with what its binder would read otherwise than people write it: a mode in octal
/// digits, a time without a unit, a number in the place of a name, one value in the place of a list.
/// </summary>
internal static class ServerConfiguration
{
    internal const string Section = "Tachyon";

    private const int LargestMode = 0b111_111_111;

    private static readonly string[] s_lists = [nameof(TachyonServerOptions.AllowedUserIds), nameof(TachyonServerOptions.AllowedGroupIds)];

    private static readonly string[] s_values =
    [
        nameof(TachyonServerOptions.WaitMode),
        nameof(TachyonServerOptions.SendRingSize),
        nameof(TachyonServerOptions.ReceiveRingSize),
        nameof(TachyonServerOptions.HandshakeTimeout),
        nameof(TachyonServerOptions.SocketMode),
        nameof(TachyonServerOptions.SocketGroupId),
        nameof(TachyonServerOptions.AcceptSocketClients),
        nameof(TachyonServerOptions.ReplaceUnixSockets),
        nameof(TachyonServerOptions.Backlog),
        nameof(TachyonServerOptions.MaxPendingHandshakes),
        nameof(TachyonServerOptions.MaxConnections),
        nameof(TachyonServerOptions.MaxConnectionsPerUser),
    ];

    /// <exception cref="OptionsValidationException">A value has a form that would be misread.</exception>
    internal static void Check(IConfiguration configuration)
    {
        foreach (IConfigurationSection entry in configuration.GetSection(Section).GetChildren())
        {
            string? problem = Is(entry, nameof(TachyonServerOptions.SocketMode)) ? Mode(entry) is null ? NotAMode : null
                : Is(entry, nameof(TachyonServerOptions.WaitMode)) ? IsWaitMode(entry.Value) ? null : $"use {string.Join(", ", Enum.GetNames<TachyonWaitMode>())}"
                : Is(entry, nameof(TachyonServerOptions.HandshakeTimeout)) && entry.Value is { } time && !time.Contains(':', StringComparison.Ordinal)
                    ? "use hours:minutes:seconds, such as 00:00:05 (a lone number would be days)"
                : s_lists.Contains(entry.Key, StringComparer.OrdinalIgnoreCase) && !string.IsNullOrEmpty(entry.Value)
                    ? "use a list of numbers, such as [ 1001 ]"
                : s_values.Contains(entry.Key, StringComparer.OrdinalIgnoreCase) && entry.GetChildren().Any() ? "use one value"
                : null;
            if (problem is not null)
            {
                throw new OptionsValidationException(
                    Options.DefaultName, typeof(TachyonServerOptions), [$"The configuration value '{entry.Path}' is '{entry.Value}': {problem}."]);
            }
        }
    }

    /// <summary>After the binder, which has taken the digits for decimal ones.</summary>
    internal static void SetMode(TachyonServerOptions options, IConfiguration configuration)
    {
        if (Mode(configuration.GetSection(Section).GetSection(nameof(TachyonServerOptions.SocketMode))) is { } mode)
        {
            options.SocketMode = mode;
        }
    }

    /// <summary>Keys that no option has. Sections of other names are those of other parts.</summary>
    internal static string[] UnknownKeys(IConfiguration configuration)
        => [.. configuration.GetSection(Section).GetChildren()
            .Where(static entry => !s_values.Concat(s_lists).Contains(entry.Key, StringComparer.OrdinalIgnoreCase)
                && entry.GetChildren().All(static child => int.TryParse(child.Key, out _)))
            .Select(static entry => entry.Path)];

    private const string NotAMode = "use octal digits, such as 0660, or names, such as \"UserRead, UserWrite, GroupRead, GroupWrite\"";

    private static bool Is(IConfigurationSection entry, string name) => string.Equals(entry.Key, name, StringComparison.OrdinalIgnoreCase);

    private static bool IsWaitMode(string? value)
        => Enum.GetNames<TachyonWaitMode>().Contains(value?.Trim(), StringComparer.OrdinalIgnoreCase);

    private static UnixFileMode? Mode(IConfigurationSection entry)
    {
        string value = entry.Value?.Trim() ?? "";
        if (value.Length is 3 or 4 && value.All(static digit => digit is >= '0' and <= '7'))
        {
            int mode = value.Aggregate(0, static (number, digit) => (number * 8) + (digit - '0'));
            return mode <= LargestMode ? (UnixFileMode)mode : null;
        }

        return !value.Any(static letter => char.IsAsciiDigit(letter) || letter is '-' or '+')
            && Enum.TryParse(value, ignoreCase: true, out UnixFileMode named)
            && (int)named <= LargestMode
            ? named : null;
    }
}
