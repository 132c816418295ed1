using LabRunner.Station.Access;
using Microsoft.AspNetCore.Http;

namespace LabRunner.Station.Api;

/// <summary>How many consoles are watched: so many in all, and of one caller, who shuts out nobody but himself. Thread safe.</summary>
internal sealed class StreamSeats
{
    /// <summary>Streams of all callers.</summary>
    public const int Most = 64;

    /// <summary>Streams of one caller.</summary>
    public const int MostOfOne = 16;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _taken = new(StringComparer.Ordinal);

    /// <summary>Takes a seat until the request is over.</summary>
    /// <returns>Null: it is taken; else the refusal.</returns>
    public IResult? Take(HttpContext context)
    {
        string name = Caller.Of(context).Name;
        lock (_gate)
        {
            int own = _taken.GetValueOrDefault(name);
            if (own >= MostOfOne)
            {
                return Problems.Refuse(StatusCodes.Status429TooManyRequests, "streams", "Too many watch", $"{name} watches {MostOfOne} consoles. Close one and try again.");
            }

            if (_taken.Values.Sum() >= Most)
            {
                return Problems.Refuse(StatusCodes.Status503ServiceUnavailable, "streams", "Too many watch", $"{Most} consoles are being watched. Close one and try again.");
            }

            _taken[name] = own + 1;
        }

        context.Response.RegisterForDispose(new Seat(this, name));
        return null;
    }

    private void Leave(string name)
    {
        lock (_gate)
        {
            if (--_taken[name] == 0)
            {
                _taken.Remove(name);
            }
        }
    }

    private sealed class Seat(StreamSeats seats, string name) : IDisposable
    {
        public void Dispose() => seats.Leave(name);
    }
}
