using Grpc.Core;
using Tachyon.Ecosystem.Tests.Protos;

namespace Tachyon.Ecosystem.Tests;

internal sealed class BooksService : Books.BooksBase
{
    public override Task<Book> Get(GetBookRequest request, ServerCallContext context)
        => request.Id > 0
            ? Task.FromResult(new Book { Id = request.Id, Title = $"Volume {request.Id}" })
            : throw new RpcException(new Status(StatusCode.NotFound, "no such book"));

    public override Task<Book> Create(Book request, ServerCallContext context)
        => Task.FromResult(new Book { Id = 7, Title = request.Title });

    public override async Task List(ListBooksRequest request, IServerStreamWriter<Book> responseStream, ServerCallContext context)
    {
        for (var id = 1; id <= request.Count; id++)
        {
            await responseStream.WriteAsync(new Book { Id = id, Title = $"Volume {id}" }, context.CancellationToken);
        }
    }
}
