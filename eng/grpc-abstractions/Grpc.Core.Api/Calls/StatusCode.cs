namespace Grpc.Core;

/// <summary>The codes of a call's status.</summary>
public enum StatusCode
{
    /// <summary>Success.</summary>
    OK = 0,

    /// <summary>The call was cancelled, typically by the caller.</summary>
    Cancelled = 1,

    /// <summary>A failure of no known kind, such as an exception of the server's code.</summary>
    Unknown = 2,

    /// <summary>The request is wrong, whatever the state of the system.</summary>
    InvalidArgument = 3,

    /// <summary>The deadline came first.</summary>
    DeadlineExceeded = 4,

    /// <summary>There is no such thing.</summary>
    NotFound = 5,

    /// <summary>The thing to be created exists.</summary>
    AlreadyExists = 6,

    /// <summary>The caller is known, and may not do this.</summary>
    PermissionDenied = 7,

    /// <summary>Something has run out: a quota, a limit of size, memory.</summary>
    ResourceExhausted = 8,

    /// <summary>The state of the system has to change first.</summary>
    FailedPrecondition = 9,

    /// <summary>Given up, typically for a conflict between concurrent calls.</summary>
    Aborted = 10,

    /// <summary>Past the end of a valid range.</summary>
    OutOfRange = 11,

    /// <summary>The server has no such method.</summary>
    Unimplemented = 12,

    /// <summary>Something that should always hold does not.</summary>
    Internal = 13,

    /// <summary>The service cannot be reached now; a retry may help.</summary>
    Unavailable = 14,

    /// <summary>Data is lost or damaged for good.</summary>
    DataLoss = 15,

    /// <summary>The call carries no valid credentials.</summary>
    Unauthenticated = 16,
}
