// For the sources of direct mode, whose namespaces have no classes of these names.
global using Interlocked = Tachyon.Transport.Internal.Interlocked;
global using ThreadPool = Tachyon.Transport.Internal.ThreadPool;
global using Volatile = Tachyon.Transport.Internal.Volatile;
