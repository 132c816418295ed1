using System.Runtime.InteropServices;
using System.Text;

namespace LabRunner.Cli.Terminal;

/// <summary>
/// Ctrl-C, SIGTERM, a terminal that is closed or an SSH connection that is lost end a verb in good order: each cancels <see cref="Token"/>, a
/// second one changes nothing, and what is written to a terminal that is gone goes nowhere instead of ending the program before the bench is safe.
/// </summary>
internal sealed class HangUp : IDisposable
{
    private readonly CancellationTokenSource _gone = new();
    private readonly List<PosixSignalRegistration> _signals;

    public HangUp()
    {
        Console.SetOut(new PatientWriter(Console.Out));
        Console.SetError(new PatientWriter(Console.Error));
        _signals = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(s => PosixSignalRegistration.Create(s, End))];
    }

    public CancellationToken Token => _gone.Token;

    public void Dispose()
    {
        _signals.ForEach(s => s.Dispose());
        _gone.Dispose();
    }

    private void End(PosixSignalContext context)
    {
        context.Cancel = true;
        try
        {
            _gone.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The verb has ended already.
        }
    }

    private sealed class PatientWriter(TextWriter terminal) : TextWriter
    {
        public override Encoding Encoding => terminal.Encoding;

        public override void Write(char value) => Try(() => terminal.Write(value));

        public override void Write(char[] buffer, int index, int count) => Try(() => terminal.Write(buffer, index, count));

        public override void Write(string? value) => Try(() => terminal.Write(value));

        public override void WriteLine(string? value) => Try(() => terminal.WriteLine(value));

        public override void Flush() => Try(terminal.Flush);

        private static void Try(Action write)
        {
            try
            {
                write();
            }
            catch (IOException)
            {
                // The terminal is gone: nobody reads this.
            }
        }
    }
}
