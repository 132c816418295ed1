using LabRunner.Hardware.Faults;

namespace LabRunner.Bench.Hosting.Nights;

/// <summary>artifacts/suites-&lt;slot&gt;.log: what a suite host says to people. A disk that fails is told once and ends nothing. Thread safe.</summary>
internal sealed class SuiteLog : IDisposable
{
    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly Action<string> _note;
    private StreamWriter? _file;
    private bool _failed;

    /// <param name="path">File; appended to.</param>
    /// <param name="note">Told once when it cannot be written.</param>
    public SuiteLog(string path, Action<string> note)
    {
        (_path, _note) = (path, note);
        Try(() =>
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            _file = new StreamWriter(path, append: true) { AutoFlush = true };
        });
    }

    /// <summary>Writes a line; after <see cref="Dispose"/> it goes nowhere.</summary>
    public void Write(string? line) => Try(() => _file?.WriteLine(line));

    /// <inheritdoc/>
    public void Dispose() => Try(() =>
    {
        StreamWriter? file = _file;
        _file = null;
        file?.Dispose();
    });

    private void Try(Action action)
    {
        lock (_gate)
        {
            try
            {
                action();
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                if (!_failed)
                {
                    _failed = true;
                    _note(new BenchFaultException(FaultKind.Storage, _path, $"the suites' log cannot be written ({failure.Message.TrimEnd('.')})", "Free disk space").Message);
                }
            }
        }
    }
}
