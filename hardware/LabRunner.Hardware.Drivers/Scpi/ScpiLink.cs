using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Resources;
using LabRunner.Hardware.Faults;

namespace LabRunner.Hardware.Drivers.Scpi;

/// <summary>An open way to an instrument.</summary>
internal interface IScpiTransport : IAsyncDisposable
{
    PipeReader Input { get; }

    ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);
}

/// <summary>
/// SCPI over any byte stream (SCPI-1999, IEEE 488.2: lines end with LF; an error queue is read by SYST:ERR?, "0" or "+0" means none). Opens at
/// the first use and again after a failure. Thread safe.
/// </summary>
internal sealed class ScpiLink(IDriverContext context, string device, TimeSpan limit, Func<CancellationToken, Task<IScpiTransport>> open) : IAsyncDisposable
{
    private const string ErrorQuestion = "SYST:ERR?";
    private const int LongestAnswer = 4096;

    private readonly SemaphoreSlim _gate = new(1, 1);
    private IScpiTransport? _transport;

    public async Task<IReadOnlyList<string>> RunAsync(IReadOnlyList<string> lines, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using CancellationTokenSource overtime = new(limit, TimeProvider.System);
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(overtime.Token, cancellationToken);
            string doing = "connecting";
            try
            {
                _transport ??= await open(either.Token).ConfigureAwait(false);
                List<string> answers = [];
                foreach (string line in lines)
                {
                    doing = $"'{line}'";
                    if (await AskAsync(line, either.Token).ConfigureAwait(false) is { } answer)
                    {
                        answers.Add(answer);
                    }
                }

                doing = $"'{ErrorQuestion}'";
                string error = await AskAsync(ErrorQuestion, either.Token).ConfigureAwait(false) ?? "";
                return error.TrimStart('+').StartsWith('0')
                    ? answers
                    : throw new BenchFaultException(
                        FaultKind.Power, context.Place, $"the instrument at {device} reports {error} after {string.Join("; ", lines)}", "Look up the error in its manual and correct what the inventory asks of it");
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                await CloseAsync().ConfigureAwait(false);
                throw new BenchFaultException(
                    FaultKind.Power, context.Place, string.Create(CultureInfo.InvariantCulture, $"the instrument at {device} did not answer {doing} within {limit.TotalSeconds:0.###} s"),
                    "Check address and cable, and that its remote interface is on");
            }
            catch (Exception failure) when (failure is not BenchFaultException)
            {
                // Whatever is still on its way would be taken for the answer to the next question.
                await CloseAsync().ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
                throw new BenchFaultException(
                    FaultKind.Power, context.Place, $"the instrument at {device} broke off at {doing}: {failure.Message.TrimEnd('.')}", "Check address and cable, and that nobody else holds its only connection", failure);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    public ValueTask DisposeAsync() => CloseAsync();

    private async ValueTask CloseAsync()
    {
        IScpiTransport? transport = _transport;
        _transport = null;
        if (transport is not null)
        {
            await transport.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<string?> AskAsync(string line, CancellationToken cancellationToken)
    {
        await _transport!.WriteAsync(Encoding.ASCII.GetBytes(line + "\n"), cancellationToken).ConfigureAwait(false);
        return line.EndsWith('?') ? await ReadLineAsync(_transport.Input, cancellationToken).ConfigureAwait(false) : null;
    }

    private static async Task<string> ReadLineAsync(PipeReader input, CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult result = await input.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (result.Buffer.PositionOf((byte)'\n') is { } end)
            {
                string line = Encoding.ASCII.GetString(result.Buffer.Slice(0, end)).Trim();
                input.AdvanceTo(result.Buffer.GetPosition(1, end));
                return line;
            }

            if (result.IsCompleted || result.Buffer.Length > LongestAnswer)
            {
                throw new IOException(result.IsCompleted ? "it closed the connection" : "it sends no line end");
            }

            input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }
}
