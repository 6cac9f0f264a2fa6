namespace FileTransfer.Shared;

internal enum Transport
{
    Tachyon,
    UnixSocket,
}
