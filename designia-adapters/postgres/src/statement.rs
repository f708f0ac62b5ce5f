//! A statement with its parameters, to be sent over whichever connection is at hand, and again if need be.

use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArguments, Postgres};
use sqlx::query::Query;
use sqlx::{Arguments as _, Encode, Type};

/// One of the constants of [`sql`](crate::sql), and what its parameters are.
#[derive(Clone)]
pub(crate) struct Statement {
    text: &'static str,
    arguments: PgArguments,
    /// Whether the server is to plan it for these parameters and for the tables as they are now.
    is_planned_anew: bool,
}

/// A statement in the making: the first parameter that has no binary form is remembered until the end.
pub(crate) struct Binding {
    statement: Statement,
    wrong: Option<BoxDynError>,
}

/// Begins a statement.
pub(crate) fn statement(text: &'static str) -> Binding {
    Binding { statement: Statement { text, arguments: PgArguments::default(), is_planned_anew: false }, wrong: None }
}

impl Binding {
    /// The next parameter.
    pub(crate) fn bind<'t, T: Encode<'t, Postgres> + Type<Postgres>>(mut self, value: T) -> Self {
        if let Err(error) = self.statement.arguments.add(value) {
            self.wrong.get_or_insert(error);
        }
        self
    }

    /// Has the server plan it each time: for what is asked rarely, and of tables that may be empty at one time and full at another.
    pub(crate) fn planned_anew(mut self) -> Self {
        self.statement.is_planned_anew = true;
        self
    }

    /// The statement, unless a parameter can't be sent.
    pub(crate) fn done(self) -> Result<Statement, sqlx::Error> {
        match self.wrong {
            None => Ok(self.statement),
            Some(error) => Err(sqlx::Error::Encode(error)),
        }
    }
}

impl Statement {
    /// In the form that the driver sends. A statement that is not `kept` has no name at the server, which a pooler between
    /// could hand to somebody else.
    pub(crate) fn query(self, kept: bool) -> Query<'static, Postgres, PgArguments> {
        sqlx::query_with(self.text, self.arguments).persistent(kept && !self.is_planned_anew)
    }
}
