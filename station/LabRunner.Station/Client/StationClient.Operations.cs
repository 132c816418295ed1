using System.Security.Cryptography;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Flashing;
using LabRunner.Station.Api;

namespace LabRunner.Station.Client;

/// <content>Long acts: asked for, followed to their end, and ended when who asked goes away.</content>
public sealed partial class StationClient
{
    private static readonly TimeSpan CancelLimit = TimeSpan.FromSeconds(60);

    /// <summary>Sends a firmware file, whatever it is: the act that uses it looks at it.</summary>
    public Task<ImageView> UploadAsync(ReadOnlyMemory<byte> file, string name, CancellationToken cancellationToken) =>
        PostAsync<ImageView>($"images?anyway=true&name={Uri.EscapeDataString(name)}", file, cancellationToken);

    /// <summary>Fetches the copy that a read of flash made; the station forgets it then.</summary>
    /// <param name="operation">Id of the read.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="UsageException">It was fetched before, or has waited too long.</exception>
    /// <exception cref="BenchFaultException">Kind Network: it did not arrive as the station sent it.</exception>
    public async Task<byte[]> FetchCopyAsync(string operation, CancellationToken cancellationToken)
    {
        using HttpResponseMessage answer = await AnswerAsync(
            HttpMethod.Post, $"operations/{Uri.EscapeDataString(operation)}/copy", new FetchCopyRequest(), HttpCompletionOption.ResponseContentRead, cancellationToken).ConfigureAwait(false);
        byte[] copy = await answer.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        string digest = $"sha-256=:{Convert.ToBase64String(SHA256.HashData(copy))}:";
        return answer.Headers.TryGetValues(FlashEndpoints.DigestHeader, out IEnumerable<string>? told) && told.Contains(digest)
            ? copy
            : throw new BenchFaultException(FaultKind.Network, $"station {Where}", "the copy did not arrive as it was sent", "Read the flash again");
    }

    /// <summary>Asks for a long act and follows it to its end. Cancelled, it is ended at the station too, and waited for until the slot is safe.</summary>
    /// <param name="path">Where it is asked for: slots/p1/flash.</param>
    /// <param name="request">What.</param>
    /// <param name="say">Told what is being done, a sentence at a time.</param>
    /// <param name="progress">Told how far it is; may be null.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>As it ended: Done, or Failed with an outcome.</returns>
    /// <exception cref="FlashFailedException">As without a station.</exception>
    /// <exception cref="OtaFailedException">As without a station.</exception>
    /// <exception cref="BenchFaultException">As without a station; kind Lease also where somebody else has the slot, or cancelled the act.</exception>
    public async Task<OperationView> OperateAsync(string path, object request, Action<string> say, IProgress<FlashProgress>? progress, CancellationToken cancellationToken)
    {
        OperationView begun = await PostAsync<OperationView>(path, request, cancellationToken).ConfigureAwait(false);
        OperationView ended;
        try
        {
            ended = await FollowAsync(begun.Id, say, progress, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            using CancellationTokenSource limit = new(CancelLimit, TimeProvider.System);
            await SendAsync(HttpMethod.Delete, $"operations/{begun.Id}", null, limit.Token).ConfigureAwait(false);
            OperationView left = await FollowAsync(begun.Id, _ => { }, null, limit.Token).ConfigureAwait(false);
            if (left is { State: OperationState.Failed, Problem: { } problem })
            {
                throw OfOperation(left, problem);
            }

            throw;
        }

        return ended.Problem is { } failed && ended.Outcome is null ? throw OfOperation(ended, failed) : ended;
    }

    private async Task<OperationView> FollowAsync(string id, Action<string> say, IProgress<FlashProgress>? progress, CancellationToken cancellationToken)
    {
        long next = 0;
        Hope hope = new(say, $"The station does not answer. Operation {id} goes on there.");
        while (true)
        {
            await foreach (OperationEvent happened in EventsAsync<OperationEvent>(FormattableString.Invariant($"operations/{id}/stream?from={next}"), hope, cancellationToken).ConfigureAwait(false))
            {
                next = happened.Number + 1;
                if (happened.Ended is { } ended)
                {
                    return ended;
                }

                if (happened.Said is { } said)
                {
                    say(said);
                }
                else if (happened.Progress is { } step)
                {
                    progress?.Report(new FlashProgress(step.Step, step.Done, step.Total));
                }
            }

            await Task.Delay(Again, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
    }

    private Exception OfOperation(OperationView ended, ProblemView problem) => ended.State == OperationState.Cancelled
        ? new BenchFaultException(FaultKind.Lease, $"operation {ended.Id}", problem.Detail.TrimEnd('.'), "Ask for it again")
        : Rebuilt(problem);
}
