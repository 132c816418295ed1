using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Threading.Channels;
using Microsoft.Win32.SafeHandles;

namespace LabRunner.Cli.Terminal;

/// <summary>
/// What a person or a pipe types, line by line, and output that does not tear the half-typed line apart. In a terminal Ctrl-] ends it; the end
/// of a pipe ends nothing. Thread safe.
/// </summary>
internal sealed class TypedLines : IDisposable
{
    private const char Quit = '\u001d';
    private const char Erase = '\u007f';

    private readonly Channel<string> _lines = Channel.CreateBounded<string>(1000);
    private readonly CancellationTokenSource _quit = new();
    private readonly Lock _gate = new();
    private readonly StringBuilder _typed = new();
    private readonly bool _terminal = !Console.IsInputRedirected && !Console.IsOutputRedirected;
    private string? _before;

    /// <summary>Lines without their ends.</summary>
    public ChannelReader<string> Lines => _lines.Reader;

    /// <summary>Ctrl-] was typed.</summary>
    public CancellationToken Ended => _quit.Token;

    /// <summary>A person can type.</summary>
    public bool Interactive => _terminal;

    /// <summary>Begins to read. Its thread ends with the program: a read of a pipe cannot be called back.</summary>
    public void Start(CancellationToken cancellationToken)
    {
        // Key by key and without echo. Not by Console.ReadKey: while a child such as the guard counts as a user of the terminal, it gets no keys.
        _before = _terminal ? Stty("-g") : null;
        if (_before is not null)
        {
            Stty("-icanon -echo");
        }

        Thread reading = new(() =>
        {
            try
            {
                Read(cancellationToken);
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

    public void Dispose()
    {
        if (_before is { } settings)
        {
            Stty(settings);
        }

        _quit.Dispose();
    }

    private string Prompt => _typed.Length > 0 ? $"> {_typed}" : "";

    /// <summary>Asks or sets the terminal; null where it cannot be.</summary>
    private static string? Stty(string arguments)
    {
        try
        {
            // Nothing of this process's is inherited but the controlling terminal.
            ProcessStartInfo start = new("stty") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, ArgumentList = { "-F", "/dev/tty" } };
            foreach (string argument in arguments.Split(' '))
            {
                start.ArgumentList.Add(argument);
            }

            using Process stty = Process.Start(start)!;
            string said = stty.StandardOutput.ReadToEnd().Trim();
            stty.WaitForExit();
            return stty.ExitCode == 0 ? said : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    private void Read(CancellationToken cancellationToken)
    {
        if (_before is not null)
        {
            ReadKeys(cancellationToken);
            return;
        }

        while (!cancellationToken.IsCancellationRequested && Console.In.ReadLine() is { } line)
        {
            _lines.Writer.WriteAsync(line, cancellationToken).AsTask().Wait(cancellationToken);
        }
    }

    private void ReadKeys(CancellationToken cancellationToken)
    {
        using FileStream keys = new(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read, bufferSize: 0);
        using StreamReader reader = new(keys, Encoding.UTF8);
        char[] some = new char[256];
        while (!cancellationToken.IsCancellationRequested && reader.Read(some, 0, some.Length) is > 0 and int count)
        {
            foreach (char key in some.AsSpan(0, count))
            {
                if (key == Quit)
                {
                    _quit.Cancel();
                    return;
                }

                if (Type(key) is { } line)
                {
                    _lines.Writer.TryWrite(line);
                }
            }
        }
    }

    /// <returns>A line that is whole; null while it is not.</returns>
    private string? Type(char key)
    {
        lock (_gate)
        {
            string? whole = null;
            switch (key)
            {
                case '\r' or '\n':
                    whole = _typed.ToString();
                    _typed.Clear();
                    break;
                case '\b' or Erase:
                    _typed.Length = Math.Max(0, _typed.Length - 1);
                    break;
                default:
                    _typed.Append(char.IsControl(key) ? "" : key.ToString());
                    break;
            }

            Console.Write($"\r\u001b[K{Prompt}");
            return whole;
        }
    }
}
