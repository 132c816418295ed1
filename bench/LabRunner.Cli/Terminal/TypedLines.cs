using System.Text;
using System.Threading.Channels;

namespace LabRunner.Cli.Terminal;

/// <summary>
/// What a person or a pipe types, line by line, and output that does not tear the half-typed line apart. In a terminal Ctrl-] ends it; the end
/// of a pipe ends nothing. Thread safe.
/// </summary>
internal sealed class TypedLines : IDisposable
{
    private const char Quit = '\u001d';

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private readonly Channel<string> _lines = Channel.CreateBounded<string>(1000);
    private readonly CancellationTokenSource _quit = new();
    private readonly Lock _gate = new();
    private readonly StringBuilder _typed = new();
    private readonly bool _terminal = !Console.IsInputRedirected && !Console.IsOutputRedirected;

    /// <summary>Lines without their ends.</summary>
    public ChannelReader<string> Lines => _lines.Reader;

    /// <summary>Ctrl-] was typed.</summary>
    public CancellationToken Ended => _quit.Token;

    /// <summary>A person can type.</summary>
    public bool Interactive => _terminal;

    /// <summary>Begins to read. Its thread ends with the program: a read of a pipe cannot be called back.</summary>
    public void Start(CancellationToken cancellationToken)
    {
        Thread reading = new(() =>
        {
            try
            {
                if (_terminal)
                {
                    ReadKeys(cancellationToken);
                }
                else
                {
                    while (!cancellationToken.IsCancellationRequested && Console.In.ReadLine() is { } line)
                    {
                        _lines.Writer.WriteAsync(line, cancellationToken).AsTask().Wait(cancellationToken);
                    }
                }
            }
            catch (Exception failure) when (failure is IOException or InvalidOperationException or OperationCanceledException or AggregateException)
            {
                // The terminal or the pipe is gone: nothing more is typed.
            }

            _lines.Writer.TryComplete();
        })
        {
            IsBackground = true, Name = "typed lines",
        };
        reading.Start();
    }

    /// <summary>Writes a line above what is being typed.</summary>
    public void Show(string line)
    {
        lock (_gate)
        {
            if (_terminal)
            {
                Console.Write($"\r\u001b[K{line}\n{Prompt}");
            }
            else
            {
                Console.WriteLine(line);
            }
        }
    }

    /// <summary>Takes the half-typed line off the screen.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            if (_terminal)
            {
                Console.Write("\r\u001b[K");
            }
        }
    }

    public void Dispose() => _quit.Dispose();

    private string Prompt => _typed.Length > 0 ? $"> {_typed}" : "";

    private void ReadKeys(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            if (!Console.KeyAvailable)
            {
                cancellationToken.WaitHandle.WaitOne(Look);
                continue;
            }

            ConsoleKeyInfo key = Console.ReadKey(intercept: true);
            if (key.KeyChar == Quit)
            {
                _quit.Cancel();
                return;
            }

            string? whole = null;
            lock (_gate)
            {
                switch (key.Key)
                {
                    case ConsoleKey.Enter:
                        whole = _typed.ToString();
                        _typed.Clear();
                        Console.Write("\r\u001b[K");
                        break;
                    case ConsoleKey.Backspace when _typed.Length > 0:
                        _typed.Length--;
                        Console.Write($"\r\u001b[K{Prompt}");
                        break;
                    default:
                        if (!char.IsControl(key.KeyChar))
                        {
                            _typed.Append(key.KeyChar);
                            Console.Write($"\r\u001b[K{Prompt}");
                        }

                        break;
                }
            }

            if (whole is not null)
            {
                _lines.Writer.TryWrite(whole);
            }
        }
    }
}
