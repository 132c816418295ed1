namespace LabRunner.Reports.Statistics;

/// <summary>Where a sequential test stands.</summary>
public enum SprtState
{
    /// <summary>Neither line is crossed: go on.</summary>
    Continue,

    /// <summary>The good MTBF is accepted.</summary>
    Accept,

    /// <summary>The good MTBF is rejected in favour of the bad one.</summary>
    Reject,
}

/// <summary>
/// Wald's sequential probability ratio test for exponential times between failures, the basis of the sequential plans of
/// MIL-HDBK-781A. It may be looked at after every event and every night without spoiling its error rates. With
/// d = theta0/theta1 and s = 1/theta1 - 1/theta0 it accepts at T >= (r ln d - ln(beta/(1-alpha)))/s and rejects at
/// T &lt;= (r ln d - ln((1-beta)/alpha))/s. Immutable, thread safe.
/// </summary>
public sealed class SprtExponential
{
    private readonly double _lnRatio;
    private readonly double _scale;
    private readonly double _acceptOffset;
    private readonly double _rejectOffset;

    /// <param name="goodHours">theta0, the MTBF that should pass; above <paramref name="badHours"/>.</param>
    /// <param name="badHours">theta1, the MTBF that should fail; above 0.</param>
    /// <param name="alpha">Probability of rejecting the good one, in (0, 0.5).</param>
    /// <param name="beta">Probability of accepting the bad one, in (0, 0.5).</param>
    /// <exception cref="ArgumentOutOfRangeException">A figure outside its range.</exception>
    public SprtExponential(double goodHours, double badHours, double alpha, double beta)
    {
        Check.Positive(badHours, nameof(badHours));
        Check.Positive(goodHours, nameof(goodHours));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(goodHours, badHours);
        if (!(alpha > 0 && alpha < 0.5))
        {
            throw new ArgumentOutOfRangeException(nameof(alpha), alpha, "The error rates of a sequential test lie between 0 and 0.5.");
        }

        if (!(beta > 0 && beta < 0.5))
        {
            throw new ArgumentOutOfRangeException(nameof(beta), beta, "The error rates of a sequential test lie between 0 and 0.5.");
        }

        GoodHours = goodHours;
        BadHours = badHours;
        _lnRatio = Math.Log(goodHours / badHours);
        _scale = (1 / badHours) - (1 / goodHours);
        _acceptOffset = -Math.Log(beta / (1 - alpha));
        _rejectOffset = -Math.Log((1 - beta) / alpha);
    }

    /// <summary>The MTBF that should pass, hours.</summary>
    public double GoodHours { get; }

    /// <summary>The MTBF that should fail, hours.</summary>
    public double BadHours { get; }

    /// <summary>Device-hours from which <paramref name="failures"/> incidents accept.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Failures below 0.</exception>
    public double AcceptAt(int failures)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(failures);
        return ((failures * _lnRatio) + _acceptOffset) / _scale;
    }

    /// <summary>Device-hours up to which <paramref name="failures"/> incidents reject; null while so few can never reject.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Failures below 0.</exception>
    public double? RejectAt(int failures)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(failures);
        double at = ((failures * _lnRatio) + _rejectOffset) / _scale;
        return at < 0 ? null : at;
    }

    /// <summary>The state after <paramref name="hours"/> device-hours with <paramref name="failures"/> incidents.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Hours or failures below 0.</exception>
    public SprtState Decide(double hours, int failures)
    {
        Check.Exposure(hours);
        if (hours >= AcceptAt(failures))
        {
            return SprtState.Accept;
        }

        return RejectAt(failures) is { } reject && hours <= reject ? SprtState.Reject : SprtState.Continue;
    }

    /// <summary>Device-hours still needed to accept if no further incident comes; 0 once accepted.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Hours or failures below 0.</exception>
    public double HoursToAccept(double hours, int failures)
    {
        Check.Exposure(hours);
        return Math.Max(0, AcceptAt(failures) - hours);
    }
}
