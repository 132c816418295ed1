using System.Runtime.InteropServices;
using System.Text;

namespace LabRunner.Cli.Terminal;

/// <summary>
/// A terminal that is closed or an SSH connection that is lost ends a verb as Ctrl-C does: SIGHUP cancels <see cref="Token"/>, and what is
/// written to the terminal that is gone goes nowhere instead of ending the program before the bench is safe.
/// </summary>
internal sealed class HangUp : IDisposable
{
    private readonly CancellationTokenSource _gone = new();
    private readonly PosixSignalRegistration _signal;

    public HangUp()
    {
        Console.SetOut(new PatientWriter(Console.Out));
        Console.SetError(new PatientWriter(Console.Error));
        _signal = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            _gone.Cancel();
        });
    }

    public CancellationToken Token => _gone.Token;

    public void Dispose()
    {
        _signal.Dispose();
        _gone.Dispose();
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
