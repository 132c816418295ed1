using System.Globalization;
using LabRunner.Hardware.Virtual.Plug;

namespace LabRunner.Hardware.Virtual.Host;

/// <summary>
/// A plug's temperature as the kernel shows a hwmon chip's: a file with thousandths of a degree. Written once a virtual second at most, and only
/// when the figure has changed by a twentieth of a degree. Used on the engine's thread.
/// </summary>
internal sealed class TemperatureFile : IDisposable
{
    private const double Step = 0.05;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private readonly Engine _engine;
    private readonly string _path;
    private readonly Func<double> _celsius;
    private double? _written;
    private bool _disposed;

    /// <param name="engine">Not running yet.</param>
    /// <param name="path">File; its folder exists.</param>
    /// <param name="celsius">Temperature now.</param>
    public TemperatureFile(Engine engine, string path, Func<double> celsius)
    {
        (_engine, _path, _celsius) = (engine, path, celsius);
        Write();
    }

    public void Dispose() => _disposed = true;

    private void Write()
    {
        if (_disposed)
        {
            return;
        }

        double celsius = _celsius();
        if (_written is not { } before || Math.Abs(celsius - before) >= Step)
        {
            _written = celsius;
            string text = ((long)Math.Round(celsius * 1000)).ToString(CultureInfo.InvariantCulture) + "\n";
            try
            {
                // Moved into place: a reader of the kernel's file never sees half a number.
                File.WriteAllText(_path + ".new", text);
                File.Move(_path + ".new", _path, overwrite: true);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                // A full disk: the sensor then shows an old value, as a chip that hangs does.
                _written = null;
            }
        }

        _engine.Schedule(_engine.Now + Every, Write);
    }
}
