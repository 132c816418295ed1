using System.IO.Pipelines;

namespace LabRunner.Hardware.Drivers.Consoles;

/// <summary>
/// The way of received bytes from a port to its reader: a pipe of 1 MB whose end is told after its last byte. A plain pipe that is completed
/// with an exception throws away what was not read yet, which would be the last words of a DUT whose cable was pulled.
/// </summary>
internal sealed class SerialInput
{
    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: 1 << 20, resumeWriterThreshold: 1 << 19, useSynchronizationContext: false));
    private volatile Exception? _why;

    public SerialInput() => Reader = new EndTeller(_pipe.Reader, this);

    /// <summary>For the owner of the port.</summary>
    public PipeWriter Writer => _pipe.Writer;

    /// <summary>For the reader of the port.</summary>
    public PipeReader Reader { get; }

    /// <summary>Ends the input.</summary>
    /// <param name="why">Null: the port was disposed.</param>
    public void Complete(Exception? why)
    {
        _why = why;
        _pipe.Writer.Complete();
    }

    private sealed class EndTeller(PipeReader inner, SerialInput input) : PipeReader
    {
        private ReadResult _last;
        private bool _wantsMore = true;

        public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
            Judge(await inner.ReadAsync(cancellationToken).ConfigureAwait(false));

        public override bool TryRead(out ReadResult result)
        {
            if (!inner.TryRead(out result))
            {
                return false;
            }

            result = Judge(result);
            return true;
        }

        public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
        {
            _wantsMore = examined.Equals(_last.Buffer.End);
            inner.AdvanceTo(consumed, examined);
        }

        public override void CancelPendingRead() => inner.CancelPendingRead();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        private ReadResult Judge(ReadResult result)
        {
            if (!result.IsCompleted || input._why is not { } why)
            {
                return _last = result;
            }

            bool seenAll = _last.IsCompleted && _wantsMore;
            if (result.Buffer.IsEmpty || seenAll)
            {
                inner.AdvanceTo(result.Buffer.Start, result.Buffer.End);
                throw new IOException(why.Message, why);
            }

            _last = result;
            return new ReadResult(result.Buffer, result.IsCanceled, isCompleted: false);
        }
    }
}
