namespace LabRunner.Suites.S06_OtaPowerCuts;

/// <summary>The last byte of an upload, held back: the firmware switches its partition table only after all bytes.</summary>
internal sealed class LastByte
{
    private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when all bytes but the last are on their way.</summary>
    public Task Held => _held.Task;

    /// <summary>Given to the upload.</summary>
    public Task HoldAsync(CancellationToken cancellationToken)
    {
        _held.TrySetResult();
        return _released.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Lets it go.</summary>
    public void Release() => _released.TrySetResult();
}

/// <summary>
/// How long after the last byte a cut is to be ordered to land at the beginning of the table switch: learned from where the cuts before landed, since
/// it holds ways that nobody can measure (network, the firmware's own, the charge left in a supply).
/// </summary>
internal sealed class SwitchAim
{
    private const int Finest = 2;
    private int _sign;
    private int _run;

    /// <summary>From the last byte to the order, run time; may be below 0: the order first.</summary>
    public TimeSpan Lead { get; private set; }

    /// <summary>Half a stretch to the side on which the cut missed, twice as much for each miss in a row on the same side.</summary>
    /// <param name="landed">Where it landed.</param>
    /// <param name="length">How long the table switch lasts.</param>
    public void Learn(CutStratum landed, TimeSpan length)
    {
        int sign = landed switch { CutStratum.Write => 1, CutStratum.Between => -1, _ => 0 };
        _run = sign == _sign ? _run + 1 : 0;
        _sign = sign;
        Lead += sign * (length / Finest) * Math.Pow(2, Math.Min(_run, 10));
    }
}
