using System.Diagnostics.CodeAnalysis;

namespace Grpc.Core.Utils;

/// <summary>Checks that throw.</summary>
public static class GrpcPreconditions
{
    /// <summary>Throws an <see cref="ArgumentException" /> unless the condition holds.</summary>
    public static void CheckArgument([DoesNotReturnIf(false)] bool condition)
    {
        if (!condition)
        {
            throw new ArgumentException(null);
        }
    }

    /// <summary>Throws an <see cref="ArgumentException" /> with the message unless the condition holds.</summary>
    public static void CheckArgument([DoesNotReturnIf(false)] bool condition, string errorMessage)
    {
        if (!condition)
        {
            throw new ArgumentException(errorMessage);
        }
    }

    /// <summary>Returns the reference, or throws an <see cref="ArgumentNullException" /> if it is null.</summary>
    [return: NotNull]
    public static T CheckNotNull<T>([NotNull] T reference) => reference ?? throw new ArgumentNullException(null as string);

    /// <summary>Returns the reference, or throws an <see cref="ArgumentNullException" /> of the parameter if it is null.</summary>
    [return: NotNull]
    public static T CheckNotNull<T>([NotNull] T reference, string paramName) => reference ?? throw new ArgumentNullException(paramName);

    /// <summary>Throws an <see cref="InvalidOperationException" /> unless the condition holds.</summary>
    public static void CheckState([DoesNotReturnIf(false)] bool condition)
    {
        if (!condition)
        {
            throw new InvalidOperationException();
        }
    }

    /// <summary>Throws an <see cref="InvalidOperationException" /> with the message unless the condition holds.</summary>
    public static void CheckState([DoesNotReturnIf(false)] bool condition, string errorMessage)
    {
        if (!condition)
        {
            throw new InvalidOperationException(errorMessage);
        }
    }
}
