namespace Tachyon.AspNetCore.Internal;

/// <summary>Ids of connections in the form of Kestrel's: 13 digits of base 32.</summary>
internal static class ConnectionIds
{
    private const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
    private const int BitsOfDigit = 5;
    private const int Length = 13;

#pragma warning disable RS0030 // A first id that differs between two runs, as Kestrel's; any number would do.
    private static long s_last = DateTime.UtcNow.Ticks;
#pragma warning restore RS0030

    internal static string Next()
        => string.Create(Length, Interlocked.Increment(ref s_last), static (text, id) =>
        {
            for (var i = Length - 1; i >= 0; i--, id >>>= BitsOfDigit)
            {
                text[i] = Digits[(int)(id & (Digits.Length - 1))];
            }
        });
}
