using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;

namespace LabRunner.Station.Api;

/// <summary>Files that are received at a time, since each is in memory whole. Thread safe.</summary>
internal sealed class UploadSeats : IDisposable
{
    /// <summary>Files at a time.</summary>
    public const int Most = 2;

    private readonly SemaphoreSlim _free = new(Most, Most);

    /// <summary>Seats that are free, 0 to <see cref="Most"/>.</summary>
    public int Free => _free.CurrentCount;

    /// <summary>Takes a seat until the request is over, where its endpoint takes files.</summary>
    /// <returns>Null: it may go on; else the refusal.</returns>
    public IResult? Take(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<IRequestSizeLimitMetadata>() is null)
        {
            return null;
        }

        if (!_free.Wait(0))
        {
            context.Response.Headers.RetryAfter = "5";
            return Problems.Refuse(StatusCodes.Status503ServiceUnavailable, "uploads", "Too many send files", $"{Most} files are being received. Send it again in 5 s.");
        }

        context.Response.RegisterForDispose(new Seat(_free));
        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => _free.Dispose();

    private sealed class Seat(SemaphoreSlim free) : IDisposable
    {
        public void Dispose() => free.Release();
    }
}
